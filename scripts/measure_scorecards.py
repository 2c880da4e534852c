#!/usr/bin/env python3
"""What proves the scorecards that ship: runs `oidor scorecard test` on each, and writes docs/reference/mutation-scores.md
to stdout:

    python3 scripts/measure_scorecards.py"""

import json
import os
import pathlib
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = ROOT / "build/release/oidor"
PAGE = """\
# How well the shipped scorecards are proved

<!-- Made by scripts/measure_scorecards.py: `./dev docs`. -->

`oidor scorecard test` on each scorecard of [scorecards](../../scorecards/README.md) and its examples in
`scorecards/examples`. *Tried*: seeded faults, one at a time; *noticed*: an example then comes out otherwise;
*equivalent*: faults that no example could show, in no share. [What the faults are](../guide/proving-a-scorecard.md).

The examples were written beside the scorecards: they prove that a change does not pass unseen, not that a scorecard
finds what people say. That is [measured](spanish.md) on utterances that nothing was tuned on.

| scorecard | criteria | examples | hold | tried | noticed | equivalent | mutation score |
|---|--:|--:|--:|--:|--:|--:|--:|
{rows}

## By kind of fault

| fault | tried | noticed |
|---|--:|--:|
{operators}

## Not noticed

{survivors}
"""


def test(path):
    plain = {name: value for name, value in os.environ.items() if not name.startswith("OIDOR_")}
    done = subprocess.run([PROGRAM, "scorecard", "test", path.stem, "--json"], cwd=ROOT, stdout=subprocess.PIPE,
                          stderr=subprocess.PIPE, env={**plain, "LANG": "en"}, check=False, timeout=100)
    if done.returncode != 0:
        raise SystemExit(f"measure scorecards: {path.stem}: exit {done.returncode}: {done.stderr.decode()[:300]}")
    return json.loads(done.stdout)


def main():
    reports = [test(path) for path in sorted((ROOT / "scorecards").glob("*.toml"))]
    if not reports:
        raise SystemExit("measure scorecards: no scorecard ships")
    operators = {}
    for report in reports:
        for name, count in report["mutation"]["operators"].items():
            tried, noticed = operators.get(name, (0, 0))
            operators[name] = (tried + count["tried"], noticed + count["noticed"])
    rows = "\n".join(
        f"| `{report['scorecard']['id']}` v{report['scorecard']['version']} | {len(report['criteria'])} | "
        f"{report['examples']} | {report['held']} | {report['mutation']['tried']} | {report['mutation']['noticed']} | "
        f"{report['mutation']['equivalent']} | {report['mutation']['score']} % |" for report in reports)
    survivors = "\n".join(
        f"- `{report['scorecard']['id']}`, `{mutant['criterion']}`: `{mutant['operator']}`, "
        f"{mutant['from']} → {mutant['to'] or 'nothing'}"
        for report in reports for mutant in report["mutation"]["survivors"])
    sys.stdout.write(PAGE.format(
        rows=rows, survivors=survivors or "None.",
        operators="\n".join(f"| `{name}` | {tried} | {noticed} |" for name, (tried, noticed) in sorted(operators.items()))))


main()
