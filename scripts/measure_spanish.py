#!/usr/bin/env python3
"""Measures the Spanish packs and feeling on the labelled utterances (tests/labelled/README.md), and writes
docs/reference/spanish.md to stdout:

    python3 scripts/measure_spanish.py                      # the page, on the part that nothing was tuned on
    python3 scripts/measure_spanish.py --part dev --errors  # while tuning: figures and errors, as text

Beside the program stand two plain ways: phrases as substrings, and the mean of word polarities."""

import argparse
import collections
import hashlib
import json
import pathlib
import re
import subprocess
import sys
import tempfile
import tomllib

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from shares import wilson  # noqa: E402

DATA = ROOT / "tests/labelled"
PACKS = {"greeting": "saludo", "identification": "identificacion", "offer_help": "ofrecimiento", "hold": "espera",
         "empathy": "empatia", "farewell": "despedida", "forbidden": "prohibidas", "abuse": "insultos"}
# What the predecessor looked for, as classic-es keeps it.
CLASSIC = {"greeting": "saludo_correcto", "identification": "identificacion", "offer_help": "ofrece_ayuda",
           "farewell": "despedida_correcta", "forbidden": "palabras_prohibidas"}
FEELINGS = ("negative", "neutral", "positive")
# A mean of words of feeling within this of zero is neutral.
NEUTRAL_WITHIN = 0.1
AGENT_ONLY = {"forbidden"}


def kappa(pairs):
    """Cohen's κ of two labellings."""
    total = len(pairs)
    agreed = sum(a == b for a, b in pairs) / total
    first = collections.Counter(a for a, _ in pairs)
    second = collections.Counter(b for _, b in pairs)
    chance = sum(first[label] * second[label] for label in first) / (total * total)
    return 1.0 if chance == 1 else (agreed - chance) / (1 - chance)


class Score:
    """Right and wrong finds of one label."""

    def __init__(self, wanted, found):
        self.right = sum(w and f for w, f in zip(wanted, found))
        self.wrong = sum(f and not w for w, f in zip(wanted, found))
        self.missed = sum(w and not f for w, f in zip(wanted, found))

    @property
    def precision(self):
        return self.right / (self.right + self.wrong) if self.right + self.wrong else 0.0

    @property
    def recall(self):
        return self.right / (self.right + self.missed) if self.right + self.missed else 0.0

    @property
    def f1(self):
        return 2 * self.right / (2 * self.right + self.wrong + self.missed) if self.right else 0.0

    def f1_interval(self):
        """F1 grows with J = right / (right + wrong + missed), a share: F1 = 2J / (1 + J)."""
        return tuple(2 * share / (1 + share)
                     for share in wilson(self.right, self.right + self.wrong + self.missed))

    def cells(self):
        def told(value, interval):
            return f"{value:.2f} ({interval[0]:.2f}–{interval[1]:.2f})"
        return [told(self.precision, wilson(self.right, self.right + self.wrong)),
                told(self.recall, wilson(self.right, self.right + self.missed)), told(self.f1, self.f1_interval())]


def read_rows(part):
    text = (DATA / f"es/{part}.jsonl").read_text(encoding="utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


def transcript(row):
    chat = {"channel": "chat"} if row["channel"] == "chat" else {}
    return {"language": "es", "duration_s": None, **chat,
            "segments": [{"start_ms": None, "end_ms": None, "speaker": row["speaker"], "text": row["text"]}]}


def judge(program, rows, scorecard):
    """{id: audit}; one run for each country."""
    audits = {}
    groups = collections.defaultdict(list)
    for row in rows:
        groups[row["country"]].append(row)
    with tempfile.TemporaryDirectory(prefix="oidor-measure-") as name:
        folder = pathlib.Path(name)
        for country, members in sorted(groups.items()):
            card = folder / f"{country}.toml"
            card.write_text(scorecard.replace('language = "es"\n', f'language = "es"\ncountry = "{country}"\n', 1),
                            encoding="utf-8")
            inputs = folder / country
            inputs.mkdir()
            for row in members:
                (inputs / f"{row['id']}.json").write_text(json.dumps(transcript(row)), encoding="utf-8")
            command = [str(program), "audit", str(inputs), "--scorecard", str(card), "--json"]
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=folder, timeout=120)
            if done.returncode != 0:
                sys.exit(f"{' '.join(command)}: exit {done.returncode}: {done.stderr.strip()[-500:]}")
            for line in done.stdout.splitlines():
                audit = json.loads(line)
                audits[pathlib.Path(audit["input"]).stem] = audit
    return audits


def found_labels(audit):
    """Labels whose criterion passed; what cannot be judged has none."""
    return {one["id"] for one in audit["criteria"] if one["outcome"] == "pass"} & PACKS.keys()


def feeling_of(value):
    if value is None or abs(value) <= NEUTRAL_WITHIN:
        return "neutral"
    return "negative" if value < 0 else "positive"


def plain_phrases():
    """{label: phrases} of the packs, whatever their country, and {label: phrases} of the predecessor."""
    packs = {}
    for label, name in PACKS.items():
        pack = tomllib.loads((ROOT / f"scorecards/packs/es/{name}.toml").read_text(encoding="utf-8"))
        packs[label] = [phrase.lower() for group in pack["groups"] for phrase in group.get("phrases", [])]
    classic = tomllib.loads((ROOT / "scorecards/classic-es.toml").read_text(encoding="utf-8"))
    by_id = {one["id"]: one for one in classic["criteria"]}
    return packs, {label: [phrase.lower() for phrase in by_id[id]["phrases"]] for label, id in CLASSIC.items()}


def substring_finds(rows, phrases, label):
    return [any(phrase in row["text"].lower() for phrase in phrases)
            and (label not in AGENT_ONLY or row["speaker"] == "agent") for row in rows]


def word_polarities():
    """Single words with a number in the lexicon, as a list without rules would have them."""
    words = {}
    for line in (ROOT / "src/audit/packs/es.txt").read_text(encoding="utf-8").splitlines():
        parts = [part for part in line.split() if part not in ("weak", "thanks")]
        if len(parts) > 1 and re.fullmatch(r"-?\d+", parts[0]):
            for word in parts[1:]:
                if "_" not in word:
                    words.setdefault(word, int(parts[0]) / 1000)
    return words


def polarity_feelings(rows):
    words = word_polarities()
    feelings = []
    for row in rows:
        values = [words[word] for word in re.findall(r"\w+", row["text"].lower()) if word in words]
        feelings.append(feeling_of(sum(values) / len(values) if values else None))
    return feelings


class Measurement:
    """One part of the labelled utterances, judged."""

    def __init__(self, program, part):
        self.part = part
        self.rows = read_rows(part)
        scorecard = (DATA / "measure-es.toml").read_text(encoding="utf-8")
        audits = judge(program, self.rows, scorecard)
        self.found = [found_labels(audits[row["id"]]) for row in self.rows]
        self.feelings = [feeling_of(audits[row["id"]]["sentiment_score"]) for row in self.rows]
        self.plain, self.classic = plain_phrases()

    def wanted(self, label):
        return [label in row["first"]["labels"] for row in self.rows]

    def wanted_feelings(self):
        return [row["first"]["sentiment"] for row in self.rows]

    def label_score(self, label):
        return Score(self.wanted(label), [label in found for found in self.found])

    def plain_score(self, label, phrases):
        return Score(self.wanted(label), substring_finds(self.rows, phrases, label))

    def agreement(self, label):
        return kappa([(label in row["first"]["labels"], label in row["second"]["labels"]) for row in self.rows])

    def feeling_agreement(self):
        return kappa([(row["first"]["sentiment"], row["second"]["sentiment"]) for row in self.rows])

    def label_errors(self):
        for row, found in zip(self.rows, self.found):
            for label in sorted(PACKS):
                wanted = label in row["first"]["labels"]
                if wanted != (label in found):
                    yield row, label, "missed" if wanted else "wrong"

    def feeling_errors(self):
        for row, wanted, found in zip(self.rows, self.wanted_feelings(), self.feelings):
            if wanted != found:
                yield row, wanted, found


def table(head, rows):
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    return lines + ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]


def escaped(text):
    """Text for a cell of a table, whatever signs it has."""
    for sign in "\\`*_|<[":
        text = text.replace(sign, "\\" + sign)
    return " ".join(text.split())


def label_table(measured):
    rows = []
    for label in PACKS:
        score = measured.label_score(label)
        plain = measured.plain_score(label, measured.plain[label])
        classic = f"{measured.plain_score(label, measured.classic[label]).f1:.2f}" if label in CLASSIC else "—"
        rows.append([f"`{label}`", sum(measured.wanted(label)), *score.cells(), f"{plain.f1:.2f}", classic,
                     f"{measured.agreement(label):.2f}"])
    return table(["label", "n", "precision (95 %)", "recall (95 %)", "F1 (95 %)", "F1, substrings", "F1, predecessor", "κ"],
                 rows)


def feeling_tables(measured):
    wanted = measured.wanted_feelings()
    rows = []
    polarities = polarity_feelings(measured.rows)
    for feeling in FEELINGS:
        score = Score([w == feeling for w in wanted], [f == feeling for f in measured.feelings])
        words = Score([w == feeling for w in wanted], [p == feeling for p in polarities])
        rows.append([feeling, wanted.count(feeling), *score.cells(), f"{words.f1:.2f}"])
    lines = table(["feeling", "n", "precision (95 %)", "recall (95 %)", "F1 (95 %)", "F1, word list"], rows)
    right = sum(w == f for w, f in zip(wanted, measured.feelings))
    by_words = sum(w == f for w, f in zip(wanted, polarities)) / len(wanted)
    low, high = wilson(right, len(wanted))
    lines += ["", f"Right in all: {right / len(wanted):.3f} ({low:.3f}–{high:.3f}); the word list: {by_words:.3f}. "
                  f"κ of the two labellers: {measured.feeling_agreement():.2f}.", "",
              "What was labelled (rows) and what was found (columns):", ""]
    confusion = collections.Counter(zip(wanted, measured.feelings))
    return lines + table(["", *FEELINGS], [[w, *(confusion[w, f] for f in FEELINGS)] for w in FEELINGS])


def page(measured):
    digest = hashlib.sha256((DATA / f"es/{measured.part}.jsonl").read_bytes()).hexdigest()
    lines = [
        "# Spanish, measured", "",
        "<!-- Written by scripts/measure_spanish.py; do not edit. -->", "",
        f"{len(measured.rows)} utterances of [tests/labelled](../../tests/labelled/README.md) that no phrase, word or rule was "
        f"tuned on (`es/{measured.part}.jsonl`, SHA-256 `{digest}`), judged one by one with the phrase packs of `scorecards/packs/es` "
        "and the full rules of feeling, by [measure-es.toml](../../tests/labelled/measure-es.toml): no window, the "
        "utterance's country, `tolerance = 1` (none for `forbidden` and `abuse`), chat spelling for chats.", "",
        "Intervals are Wilson's, 95 %; that of F1 follows from the share right / (right + wrong + missed). The utterances "
        "were written, not recorded, and how often a label occurs was set: precision does not carry over to a centre's own "
        "calls. There is no mark to pass.", "",
        "## Phrases", "",
        "*Substrings*: the packs' phrases, lower case, accents as written, without countries, word borders or spelling of "
        "chats. *Predecessor*: its own list (`classic-es`). κ: Cohen's, of the two labellers.", ""]
    lines += label_table(measured)
    lines += ["", "## Feeling", "",
              "*Word list*: the mean of the polarities of single words of our lexicon, without negation, strength, phrases or "
              f"guards, as TextBlob does. A mean within {NEUTRAL_WITHIN} of zero is neutral.", ""]
    lines += feeling_tables(measured)
    lines += ["", "## Errors", "", "Each wrong (found, not labelled) or missed (labelled, not found) label:", ""]
    lines += table(["id", "label", "", "text"], [[row["id"], f"`{label}`", kind, escaped(row["text"])]
                                                 for row, label, kind in measured.label_errors()])
    lines += ["", "Each feeling that was found otherwise than it was labelled:", ""]
    lines += table(["id", "labelled", "found", "text"], [[row["id"], wanted, found, escaped(row["text"])]
                                                         for row, wanted, found in measured.feeling_errors()])
    return "\n".join(lines) + "\n"


def report(measured, errors):
    lines = label_table(measured) + [""] + feeling_tables(measured)
    if errors:
        lines += [""] + [f"{kind:6} {label:14} {row['id']} {row['country']} {row['text']}"
                         for row, label, kind in measured.label_errors()]
        lines += [""] + [f"{wanted[:3]} -> {found[:3]} {row['id']} {row['country']} {row['text']}"
                         for row, wanted, found in measured.feeling_errors()]
    return "\n".join(lines) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/oidor")
    parser.add_argument("--part", choices=("dev", "test"), default="test")
    parser.add_argument("--errors", action="store_true", help="with --part dev: each error")
    arguments = parser.parse_args()
    measured = Measurement(arguments.program.resolve(), arguments.part)
    sys.stdout.write(page(measured) if arguments.part == "test" else report(measured, arguments.errors))


if __name__ == "__main__":
    main()
