#!/usr/bin/env python3
"""How much `oidor measure` finds of faults that were put into made calls, as a page of Markdown on the standard output.

    python3 scripts/measure_audio.py --program build/release/oidor
    python3 scripts/measure_audio.py --seed tuning --errors   to work on the detectors: never with the page's seed"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests"))

import audio_faults  # noqa: E402
import audio_scores  # noqa: E402
import audio_sounds  # noqa: E402

RUN_SECONDS = 600
FLAGS = {"identical": "both channels carry the same sound (gain up to ±5 dB, delay up to 120 ms)",
         "silent_channel": "one of two channels is empty", "clipped": "a side turned up until it is cut off",
         "truncated": "the file breaks off (WAV, MP3 with a header, M4A with its index first)"}
STRETCHES = {"music": "music on hold, 6 to 25 s", "keys": "keys (DTMF), 60 to 150 ms", "tones": "ringing, beeps",
             "dead_air": "dead air, 12 to 40 s", "cuts": "one cuts the other off"}
STYLES = {"strings": "slow chords, vibrato", "piano": "broken chords that die away", "melody": "one voice, square waves",
          "band": "chords, bass, drums"}
PAGE = """\
# What the analysis of audio finds

<!-- Made by `python3 scripts/measure_audio.py > docs/reference/audio.md`, after `./dev build`. -->

`oidor measure` on {count} made calls of two channels (seed {seed}), {minutes:.0f} minutes together, each with one fault
or none, packed as WAV, µ-law, A-law, MP3, Opus or AAC. Speech is flite's, four voices; calls and faults come from
`tests/audio_faults.py`, written apart from the detectors, which are worked on with other seeds. In brackets, Wilson's
interval of 95 %.

What it cannot tell: the voices are a synthesiser's, the music is made of sines; real hold music has singing in it, real
lines have more noise. A centre's own share will differ.

## Faults of a whole recording

| fault | recordings with it | found | recall | recordings without it | false alarms |
|---|--:|--:|--:|--:|--:|
{flags}

## Stretches

Found: half of it lies in what was found (of a key, any of it; of a cut, its moment within {cut:.1f} s and the right side).

| what | there | found | recall | false alarms | precision | false alarms an hour of channel |
|---|--:|--:|--:|--:|--:|--:|
{stretches}

Music by its kind:

| kind | there | found | recall |
|---|--:|--:|--:|
{styles}

## Speech

{true:.0f} s of speech: {recall:.1f} % of it is found, and {precision:.1f} % of what is found is speech. The mean response
time of a side is off by {response_median:.0f} ms in the middle of {responses} cases, by {response_p90:.0f} ms or less in
nine of ten.
"""


class Unusable(Exception):
    """The program's answer cannot be measured."""


def measure(program, folder):
    """{file name: analysis} of the program's JSON lines."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OIDOR_")}
    done = subprocess.run([str(program), "measure", "--json", str(folder)], cwd=folder, env=plain, stdin=subprocess.DEVNULL,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=RUN_SECONDS, check=False)
    lines = [json.loads(line) for line in done.stdout.decode("utf-8").splitlines() if line.strip()]
    failed = [line for line in lines if "audio" not in line]
    if done.returncode != 0 or failed or not lines:
        said = failed[0] if failed else done.stderr.decode("utf-8", "replace")[-500:]
        raise Unusable(f"exit {done.returncode}: {said}")
    return {pathlib.PurePath(line["input"]).name: line["audio"] for line in lines}


def score(program, count, seed, speech, seconds=(20, 45)):
    """(Scores, items) of `count` recordings, each so long or somewhat longer."""
    with tempfile.TemporaryDirectory(prefix="oidor-audio-") as folder:
        items = list(audio_faults.generate(speech, count, seed, folder, seconds))
        found = measure(program, folder)
    scores = audio_scores.Scores()
    for item in items:
        scores.add(item, found[item["path"].name])
    return scores, items


def percent(share):
    if share is None:
        return "–"
    return f"{100 * share['value']:.1f} % ({100 * share['low']:.1f}–{100 * share['high']:.1f})"


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def flag_row(name, text, scores):
    tally, clean = scores.flags[name], scores.clean[name]
    alarms = f"{tally.false}: {percent(audio_scores.measured_share(tally.false, clean))}"
    return row(text, tally.hits + tally.missed, tally.hits, percent(tally.recall), clean, alarms)


def stretch_row(text, tally):
    return row(text, tally.hits + tally.missed, tally.hits, percent(tally.recall), tally.false, percent(tally.precision),
               f"{tally.false / tally.hours:.2f}" if tally.hours else "–")


def page(options, scores, items):
    errors = sorted(scores.response_errors) or [0]
    speech = scores.speech
    return PAGE.format(
        count=options.count, seed=options.seed, minutes=sum(item["seconds"] for item in items) / 60,
        flags="\n".join(flag_row(name, text, scores) for name, text in FLAGS.items()),
        stretches="\n".join(stretch_row(text, scores.stretches[name]) for name, text in STRETCHES.items()),
        styles="\n".join(row(text, (tally := scores.styles[name]).hits + tally.missed, tally.hits, percent(tally.recall))
                         for name, text in STYLES.items() if name in scores.styles),
        cut=audio_scores.CUT_WITHIN_S, true=speech["true"], recall=100 * speech["both"] / max(1, speech["true"]),
        precision=100 * speech["both"] / max(1, speech["found"]), response_median=1000 * statistics.median(errors),
        response_p90=1000 * errors[int(0.9 * (len(errors) - 1))], responses=len(errors))


def print_errors(scores):
    """What was missed and where an alarm was false, to standard error."""
    for name, tally in {**scores.flags, **scores.stretches}.items():
        for what, names in tally.examples.items():
            for example in sorted(set(names)):
                print(f"{name} {what}: {example}", file=sys.stderr)


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--program", type=pathlib.Path, default=ROOT / "build/release/oidor")
    parser.add_argument("--count", type=int, default=200, help="recordings, every kind in turn")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--errors", action="store_true", help="name what was missed, on standard error")
    options = parser.parse_args()
    if not options.program.is_file():
        raise SystemExit(f"no program at {options.program}; ./dev build makes it")
    try:
        scores, items = score(options.program.resolve(), options.count, options.seed, audio_sounds.Speech())
    except (Unusable, ValueError, KeyError, OSError, subprocess.SubprocessError) as fault:
        raise SystemExit(f"measure audio: {fault}") from None
    if options.errors:
        print_errors(scores)
    sys.stdout.write(page(options, scores, items))


if __name__ == "__main__":
    main()
