#!/usr/bin/env python3
"""Measures who is found to be the agent, which voices are found to be machines', and what of a reply is not believed;
prints the tables of docs/guide/hearing.md:

    python3 scripts/measure_hearing.py --program build/release/understanding_bench
    python3 scripts/measure_hearing.py --program build/release/understanding_bench --errors  # and each error, to stderr

`./dev bench` builds the program. Texts: tests/labelled (utterances; tests/labelled/hearing: calls) and the invented calls
of tests/redaction_corpus.py. The same seed gives the same bytes."""

import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

from shares import wilson  # noqa: E402

SEED = 5
WORDS_PER_SECOND = 2.6
PSEUDO_CALLS = 600
CORPUS_CALLS = 600
TURNS = 5


def share_text(hits, total):
    low, high = wilson(hits, total)
    return f"{hits} of {total} ({100 * low:.1f} to {100 * high:.1f} %)"


def timed(texts):
    """Segments one after the other, at the speed of speech. `texts`: (channel, text)."""
    segments, now = [], 400
    for channel, text in texts:
        length = int(1000 * max(1, len(text.split())) / WORDS_PER_SECOND)
        segments.append({"start_ms": now, "end_ms": now + length, "channel": channel, "text": text})
        now += length + 500
    return segments


def analysis_of(segments, channels, tail_s=0):
    """Measures of a recording in which exactly these segments are spoken; `tail_s`: speech on channel 0 after them."""
    end = max((segment["end_ms"] for segment in segments), default=0)
    spoken = [[] for _ in range(channels)]
    for segment in segments:
        spoken[segment["channel"] or 0].append([segment["start_ms"], segment["end_ms"]])
    if tail_s:
        spoken[0].append([end + 1000, end + 1000 + 1000 * tail_s])
        end += 1000 * (tail_s + 1)
    duration = end + 500
    rows = []
    for speech in spoken:
        talk = sum(b - a for a, b in speech)
        rows.append({"talk_ms": talk, "silence_ms": duration - talk, "longest_silence_ms": 0, "speech_ms": speech})
    return {"container": "wav", "codec": "pcm_s16le", "sample_rate_hz": 8000, "duration_ms": duration, "channels": rows,
            "overtalk_ms": 0, "silence_ms": 0, "longest_silence_ms": 0, "truncated": False, "warnings": []}


def case(name, language, texts, channels=2, agent_channel=None, tail_s=0, source="", direction=""):
    segments = timed(texts)
    return {"id": name, "transcript": {"language": language, "segments": segments}, "channels": channels,
            "agent_channel": agent_channel, "source": source, "direction": direction,
            "analysis": analysis_of(segments, channels, tail_s)}


def read_lines(path):
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def utterances():
    return [row for part in ("dev", "test") for row in read_lines(ROOT / f"tests/labelled/es/{part}.jsonl")]


def pseudo_calls(source):
    """Calls of utterances that were labelled for other ends, of one country each: (name, language, turns)."""
    by_country = collections.defaultdict(lambda: {"agent": [], "customer": []})
    for row in utterances():
        if row["channel"] == "voice":
            by_country[row["country"]][row["speaker"]].append(row["text"])
    usable = sorted(name for name, sides in by_country.items() if min(map(len, sides.values())) >= TURNS)
    for number in range(PSEUDO_CALLS):
        country = source.choice(usable)
        agent = source.sample(by_country[country]["agent"], TURNS)
        customer = source.sample(by_country[country]["customer"], TURNS)
        turns = [turn for pair in zip(agent, customer) for turn in (("agent", pair[0]), ("customer", pair[1]))]
        yield f"U{number:04}", "es", turns


def corpus_calls():
    import redaction_corpus  # pylint: disable=import-outside-toplevel
    for item in redaction_corpus.generate(CORPUS_CALLS, SEED):
        language = "pt" if item["country"] == "BR" else "es"
        yield item["id"], language, [(row["speaker"], row["text"]) for row in item["transcript"]["segments"]]


def written_calls():
    for row in read_lines(ROOT / "tests/labelled/hearing/roles.jsonl"):
        names = {"A": "agent", "C": "customer"}
        yield row["id"], row["language"], [(names[who], text) for who, text in row["segments"]]


class Program:
    def __init__(self, path):
        self.path = path

    def run(self, cases):
        lines = "".join(json.dumps(one, ensure_ascii=False) + "\n" for one in cases)
        done = subprocess.run([self.path], input=lines, capture_output=True, text=True, check=True)
        results = [json.loads(line) for line in done.stdout.splitlines()]
        assert len(results) == len(cases), (len(results), len(cases))
        return results


def tell(errors, *words):
    if errors:
        print(*words, file=sys.stderr)


def measure_roles(program, name, calls, errors):
    """One row: named rightly, named wrongly, left unknown; and swapped channels found, falsely found."""
    source = random.Random(SEED)
    cases, truth = [], []
    for call, language, turns in calls:
        agent = source.randrange(2)
        texts = [(agent if who == "agent" else 1 - agent, text) for who, text in turns]
        truth.append(agent)
        cases.append((case(call, language, texts), case(call, language, texts, agent_channel=1 - agent),
                      case(call, language, texts, agent_channel=agent)))
    free = program.run([one[0] for one in cases])
    swapped = program.run([one[1] for one in cases])
    straight = program.run([one[2] for one in cases])
    named = [(result, agent) for result, agent in zip(free, truth) if result["agent"] is not None]
    wrong = [result for result, agent in named if result["agent"] != agent]
    for result in wrong:
        tell(errors, "wrong agent", name, result)
    for result in free:
        if result["agent"] is None:
            tell(errors, "unknown", name, result["id"], result["confidence"], result["signs"])
    for result in straight:
        if result["swapped"]:
            tell(errors, "false swap", name, result)
    total = len(cases)
    return (f"| {name} | {share_text(len(named) - len(wrong), total)} | {share_text(len(wrong), total)} | "
            f"{total - len(named)} | {share_text(sum(one['swapped'] for one in swapped), total)} | "
            f"{share_text(sum(one['swapped'] for one in straight), total)} |")


def measure_machines(program, errors):
    """By language and kind: calls with a label of that kind, and false ones among the calls of people."""
    rows = read_lines(ROOT / "tests/labelled/hearing/machines.jsonl")
    results = program.run([case(row["id"], row["language"], row["segments"]) for row in rows])
    lines = []
    for kind in ("voicemail", "ivr", "hold"):
        wanted = [(row, result) for row, result in zip(rows, results) if row["kind"] == kind]
        hit = [row for row, result in wanted if kind in {label for _, label in result["labels"]}]
        for row, result in wanted:
            if row not in hit:
                tell(errors, "missed", kind, row["id"], row["language"], row["segments"], result["labels"])
        other = [(row, result) for row, result in zip(rows, results) if row["kind"] == "none"]
        false = [row for row, result in other if kind in {label for _, label in result["labels"]}]
        for row in false:
            tell(errors, "false", kind, row)
        lines.append(f"| {kind} | {share_text(len(hit), len(wanted))} | {share_text(len(false), len(other))} |")
    alone = [(row, result) for row, result in zip(rows, results) if row["kind"] == "voicemail"]
    found = sum("voicemail" in result["findings"] for _, result in alone)
    false = sum("voicemail" in result["findings"] for row, result in zip(rows, results) if row["kind"] != "voicemail")
    lines.append(f"| call is voicemail alone | {share_text(found, len(alone))} | "
                 f"{share_text(false, len(rows) - len(alone))} |")
    people = [call for call in list(pseudo_calls(random.Random(SEED))) + list(corpus_calls())]
    results = program.run([case(name, language, [(int(who != "agent"), text) for who, text in turns])
                           for name, language, turns in people])
    labelled = [result for result in results if result["labels"]]
    for result in labelled:
        tell(errors, "label among people", result)
    lines.append(f"| any label, among people's calls | | {share_text(len(labelled), len(results))} |")
    return lines


CREDITS = ("Subtítulos realizados por la comunidad de Amara.org", "Subtítulos por la comunidad de Amara.org",
           "Gracias por ver el video.", "¡Suscríbete al canal!", "Legendas pela comunidade Amara.org",
           "Obrigado por assistir!", "Thanks for watching!", "Subtitles by the Amara.org community")


def spoil(source, kind, turns):
    """The call as an engine would give it that does this."""
    turns = list(turns)
    place = source.randrange(len(turns))
    who, text = turns[place]
    words = text.split()
    if kind == "loop within a segment":
        size = min(len(words), source.randrange(1, 8))
        turns[place] = (who, text + " " + " ".join(words[-size:] * (60 // size)))
    elif kind == "loop over segments":
        turns[place:place + 1] = [(who, text)] * source.randrange(4, 12)
    elif kind == "credit of a video":
        turns.insert(place, (who, source.choice(CREDITS)))
    return turns


def measure_doubts(program, errors):
    lines = []
    for kind in ("loop within a segment", "loop over segments", "credit of a video", "cut off before the end",
                 "words over silence"):
        source = random.Random(SEED)
        calls = list(pseudo_calls(source))[:300]
        cases = []
        for name, language, turns in calls:
            texts = [(int(who != "agent"), text) for who, text in spoil(source, kind, turns)]
            spoiled = case(name, language, texts, tail_s=20 if kind == "cut off before the end" else 0)
            if kind == "words over silence":
                segment = source.choice(spoiled["transcript"]["segments"])
                speech = spoiled["analysis"]["channels"][segment["channel"]]["speech_ms"]
                speech.remove([segment["start_ms"], segment["end_ms"]])
            cases.append(spoiled)
        results = program.run(cases)
        for result in results:
            if not result["doubts"]:
                tell(errors, "believed", kind, result["id"])
        lines.append(f"| {kind} | {share_text(sum(bool(one['doubts']) for one in results), len(results))} |")
    clean = list(pseudo_calls(random.Random(SEED))) + list(corpus_calls()) + list(written_calls())
    results = program.run([case(name, language, [(int(who != "agent"), text) for who, text in turns])
                           for name, language, turns in clean])
    doubted = [result for result in results if result["doubts"]]
    for result in doubted:
        tell(errors, "doubted", result["id"], result["doubts"])
    lines.append(f"| **as it was said** (false alarms) | {share_text(len(doubted), len(results))} |")
    single = utterances()
    results = program.run([case(row["id"], "es", [(0, row["text"])]) for row in single])
    doubted = [result for result in results if result["doubts"]]
    for result in doubted:
        tell(errors, "doubted utterance", result["id"], result["doubts"])
    lines.append(f"| **one utterance alone** (false alarms) | {share_text(len(doubted), len(results))} |")
    return lines


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--program", required=True, help="understanding_bench")
    parser.add_argument("--errors", action="store_true")
    options = parser.parse_args()
    program = Program(options.program)
    print("### Who is the agent\n\nTwo channels, none configured; then with the wrong channel configured, and the right "
          "one.\n\n| calls | named rightly | named wrongly | unknown | swapped, found | swapped, false alarms |\n"
          "|---|---|---|---|---|---|")
    print(measure_roles(program, "written for this (es, en, pt)", written_calls(), options.errors))
    print(measure_roles(program, "utterances of the labelled part, joined (es, 17 countries)",
                        pseudo_calls(random.Random(SEED)), options.errors))
    print("\n### Machines' voices\n\n| what | found | false alarms |\n|---|---|---|")
    print("\n".join(measure_machines(program, options.errors)))
    print("\n### What is not believed\n\nCalls that were spoilt as engines do it, and calls as they were said.\n\n"
          "| what | doubted |\n|---|---|")
    print("\n".join(measure_doubts(program, options.errors)))


if __name__ == "__main__":
    main()
