#!/usr/bin/env python3
"""How much `oidor redact` finds of the identifiers in an invented corpus, as a page of Markdown on the standard output.

    python3 scripts/measure_redaction.py --program build/release/oidor
    python3 scripts/measure_redaction.py --seed tuning --examples 50 to work on the rules: never with the page's seed"""

import argparse
import collections
import json
import os
import pathlib
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import redaction_corpus  # noqa: E402

RUN_SECONDS = 300
FORM_TEXTS = {"written": "written in figures", "spoken": "said in words", "mixed": "figures and words",
              "filler": "with «eh», «guion», «coma» between", "split": "over two or three segments"}
PAGE = """\
# What redaction finds

<!-- Made by scripts/measure_redaction.py: `./dev docs`. -->

`oidor redact` on {count} invented calls (seed {seed}) with {identifiers} personal identifiers and {negatives} harmless
numbers or turns of phrase. The calls come from `tests/redaction_corpus.py`, written apart from the redactor: its check
digits and wordings share nothing with the rules. Rules are worked on with other seeds.

- **Recall**: an identifier is found when every letter and figure of it is masked, in all segments it runs over, as
  whatever kind. *Other kind*: found, but masked, wholly or partly, as something else. *In part*: missed, and a part
  masked.
- **Precision**: the share of what was masked that touches an identifier. The rest are false alarms.
- In brackets, the Wilson interval of 95 %.

What it cannot tell: the calls are made from few sentences, not recorded; how often each kind and form occurs was set,
not observed; recognisers mishear figures, and these calls are heard without a fault. A centre's own share will differ.

| how it is run | identifiers | found | recall | masked | false alarms | precision |
|---|--:|--:|--:|--:|--:|--:|
{headlines}

All that follows is with `--country`.

## By form

| form | identifiers | found | in part | recall |
|---|--:|--:|--:|--:|
{forms}

## By kind

| kind | identifiers | found | other kind | in part | recall | recall, written |
|---|--:|--:|--:|--:|--:|--:|
{kinds}

Of what was masked, by the kind it was masked as:

| masked as | masked | false alarms | precision |
|---|--:|--:|--:|
{precisions}

## Harmless numbers

| what | in the calls | touched | left alone |
|---|--:|--:|--:|
{harmless}

## Missed

What was masked stands between ⟦ ⟧; segments are parted by /, the one before comes first.

{misses}

## False alarms

{alarms}
"""


class Unusable(Exception):
    """The program's answer cannot be measured."""


def read_spans(output):
    """{file name: spans} of the program's JSON lines."""
    found = {}
    for line in output.decode("utf-8").splitlines():
        if line.strip():
            row = json.loads(line)
            if "spans" not in row:
                raise Unusable(f"a line without spans: {line[:300]}")
            found[pathlib.PurePath(row["input"]).name] = row["spans"]
    return found


def redact_folder(program, folder, *words):
    command = [str(program), "redact", str(folder), *words, "--json"]
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OIDOR_")}
    done = subprocess.run(command, cwd=folder, env=plain, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, timeout=RUN_SECONDS, check=False)
    if done.returncode != 0:
        said = done.stderr.decode("utf-8", "replace")[:500]
        raise Unusable(f"{' '.join(command[1:])}: exit {done.returncode}: {said}")
    return read_spans(done.stdout)


def redact(program, items, with_country=True):
    """The spans that the program finds in each item, a folder for each country."""
    by_country = collections.defaultdict(list)
    for item in items:
        by_country[item["country"]].append(item)
    found = {}
    with tempfile.TemporaryDirectory(prefix="oidor-redaction-") as folder:
        for country, those in sorted(by_country.items()):
            inner = pathlib.Path(folder) / country
            inner.mkdir()
            for item in those:
                text = json.dumps(item["transcript"], ensure_ascii=False)
                (inner / f"{item['id']}.json").write_text(text, encoding="utf-8")
            found.update(redact_folder(program, inner, *(("--country", country) if with_country else ())))
    missing = [item["id"] for item in items if f"{item['id']}.json" not in found]
    if missing:
        raise Unusable(f"no answer for {len(missing)} of {len(items)} calls, such as {missing[0]}")
    return [found[f"{item['id']}.json"] for item in items]


# The page -----------------------------------------------------------------------------------------------------------

def percent(share):
    if share is None:
        return "–"
    return f"{100 * share['value']:.1f} % ({100 * share['low']:.1f}–{100 * share['high']:.1f})"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def headline(text, result):
    nothing = {"spans": 0, "false_alarms": 0, "precision": None}
    recall, precision = result["recall"][""], result["precision"].get("", nothing)
    return row(text, recall["identifiers"], recall["found"], percent(recall["recall"]), precision["spans"],
               precision["false_alarms"], percent(precision["precision"]))


def listing(groups, title):
    """The most frequent first: how many, then examples."""
    lines = []
    for name, group in sorted(groups.items(), key=lambda pair: (-pair[1]["count"], pair[0])):
        lines += [f"**{title(name)}**: {group['count']}", ""]
        lines += [f"- {example['sort']}: `{example['text']}`" for example in group["examples"]] + [""]
    return "\n".join(lines).strip() or "None."


def page(options, with_country, without, written):
    recall = with_country["recall"]
    kinds = [kind for kind in recall if kind]
    return PAGE.format(
        count=options.count, seed=options.seed, identifiers=recall[""]["identifiers"],
        negatives=with_country["negatives"][""]["negatives"],
        headlines="\n".join((headline("with `--country`, as a centre of that country sets it", with_country),
                             headline("without a country", without))),
        forms="\n".join(row(text, found["identifiers"], found["found"], found["partly"], percent(found["recall"]))
                        for form, text in FORM_TEXTS.items() if (found := with_country["forms"].get(form))),
        kinds="\n".join(row(f"`{kind}`", recall[kind]["identifiers"], recall[kind]["found"], recall[kind]["other_kind"],
                            recall[kind]["partly"], percent(recall[kind]["recall"]),
                            percent(written["recall"].get(kind, {"recall": None})["recall"])) for kind in kinds),
        precisions="\n".join(row(f"`{kind}`", found["spans"], found["false_alarms"], percent(found["precision"]))
                             for kind, found in with_country["precision"].items() if kind) or row("nothing", 0, 0, "–"),
        harmless="\n".join(row(what.replace("_", " ") or "all", found["negatives"], found["touched"],
                               percent(found["left_alone"]))
                           for what, found in with_country["negatives"].items()),
        misses=listing(with_country["misses"], lambda kind: f"`{kind}`"),
        alarms=listing(with_country["alarms"], lambda what: what.replace("_", " ")))


def only_form(items, form):
    """The items with the identifiers of one form alone (for recall; precision would not be right)."""
    return [{**item, "spans": [span for span in item["spans"] if span["form"] == form]} for item in items]


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/oidor")
    parser.add_argument("--count", type=int, default=2000, help="calls")
    parser.add_argument("--seed", default="page")
    parser.add_argument("--examples", type=int, default=3, help="of each kind of miss and false alarm")
    parser.add_argument("--write", type=pathlib.Path, metavar="FILE", help="instead of the standard output")
    options = parser.parse_args()
    if not options.program.is_file():
        raise SystemExit(f"no program at {options.program}; ./dev build makes it")
    program, items = options.program.resolve(), redaction_corpus.generate(options.count, options.seed)
    try:
        found, blind = redact(program, items), redact(program, items, with_country=False)
    except (Unusable, ValueError, KeyError, OSError, subprocess.TimeoutExpired) as fault:
        raise SystemExit(f"measure redaction: {fault}") from None
    text = page(options, redaction_corpus.measure(items, found, options.examples),
                redaction_corpus.measure(items, blind),
                redaction_corpus.measure(only_form(items, "written"), found))
    if options.write:
        options.write.write_text(text, encoding="utf-8")
    else:
        sys.stdout.write(text)


if __name__ == "__main__":
    main()
