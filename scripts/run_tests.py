#!/usr/bin/env python3
"""Runs every test and counts every case: run_tests.py [--unit] [--black-box] [--rules] [FILTER].

Unit tests are the programs build/dev/oidor_*_test; black-box tests are tests/test_*.py against the program of
OIDOR_TEST_PROGRAM; rules are the tests of our own checks, scripts/tests/test_*.py. Each program and each file is a
process of its own, as many at a time as there are processors. A case that was promised and did not come to its
end (a crash) has failed. A skipped case has failed too, unless its reason says that it wants `../shared`.
The last line is `N passed, N failed`."""

import argparse
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_MAX = int(os.environ.get("OIDOR_TEST_SECONDS_MAX", "900"))
OUTCOME = re.compile(r"\[\s+(OK|FAILED|SKIPPED)\s+\] ([\w/.]+)(?:, where .*)? \(\d+ ms\)")
STARTED = re.compile(r"\[ RUN      \] ([\w/.]+)")


@dataclass
class Outcome:
    """What one process said about its cases."""

    name: str
    passed: list = field(default_factory=list)
    failed: list = field(default_factory=list)
    skipped: list = field(default_factory=list)  # (case, reason)
    text: str = ""
    seconds: float = 0.0

    def settle(self):
        """Turns skips that hide something into failures."""
        for case, reason in self.skipped:
            if "../shared" not in reason:
                self.failed.append(case)
        self.failed = list(dict.fromkeys(self.failed))
        return self


def selected(case, wanted):
    return not wanted or wanted.lower() in case.lower()


def run_bounded(command, env, cwd):
    """(exit code, output); the code is negative for a signal, None when the time was up."""
    try:
        done = subprocess.run(
            command, env=env, cwd=cwd, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, timeout=SECONDS_MAX, check=False)
        return done.returncode, done.stdout.decode("utf-8", "replace")
    except subprocess.TimeoutExpired as late:
        return None, (late.stdout or b"").decode("utf-8", "replace") + "\n(time was up)"


def list_gtest(program, env):
    """Every case that the program promises, as Suite.name."""
    listed = subprocess.run([program, "--gtest_list_tests"], env=env, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=60, check=True).stdout.decode()
    cases, suite = [], ""
    for line in listed.splitlines():
        name = line.split("#")[0].rstrip()
        if line.startswith("  "):
            cases.append(suite + name.strip())
        elif name.endswith("."):
            suite = name
    return cases


def parse_gtest(name, promised, code, text):
    """The outcome of a GoogleTest program from what it printed."""
    ended, reasons, running = {}, {}, None
    for line in text.splitlines():
        if started := STARTED.search(line):
            running = started.group(1)
            reasons[running] = []
        if outcome := OUTCOME.search(line):
            ended[outcome.group(2)] = outcome.group(1)
            running = None
        elif running and not started:
            reasons[running].append(line.strip())
    result = Outcome(name, text=text)
    for case in promised:
        full, how = f"{name}:{case}", ended.get(case)
        if how == "OK":
            result.passed.append(full)
        elif how == "SKIPPED":
            result.skipped.append((full, " ".join(reasons.get(case, []))))
        else:
            result.failed.append(full + ("" if how else " (did not end)"))
    if code != 0 and not result.failed:
        result.failed.append(f"{name}:(the program ended with {code})")
    return result.settle()


def run_gtest(program, wanted):
    started = time.monotonic()
    env = dict(os.environ, GTEST_COLOR="no")
    env.setdefault("UBSAN_OPTIONS", "print_stacktrace=1")
    try:
        promised = list_gtest(program, env)
    except (subprocess.SubprocessError, OSError) as fault:
        return Outcome(program.name, failed=[f"{program.name}:(cannot list its tests)"], text=str(fault))
    command = [program]
    if not selected(program.name, wanted):
        promised = [case for case in promised if selected(case, wanted)]
        if not promised:
            return Outcome(program.name)
        command.append("--gtest_filter=" + ":".join(promised))
    code, text = run_bounded(command, env, ROOT)
    result = parse_gtest(program.name, promised, code, text)
    result.seconds = time.monotonic() - started
    return result


def parse_unittest(name, records, code, text):
    """The outcome of a test file from the records of unittest_records.py."""
    result = Outcome(name, text=text)
    promised, ended = [], set()
    for record in records:
        full = f"{name}:{record['case']}"
        if record["outcome"] == "promised":
            promised.append(full)
            continue
        ended.add(full)
        if record["outcome"] == "passed":
            result.passed.append(full)
        elif record["outcome"] == "skipped":
            result.skipped.append((full, record["reason"]))
        else:
            result.failed.append(full)
    group_failed = any(case.endswith("(group)") for case in result.failed)
    for full in promised:
        if full not in ended:
            result.failed.append(full + (" (its group failed)" if group_failed else " (did not end)"))
    if code != 0 and not result.failed and not result.skipped:
        result.failed.append(f"{name}:(the file ended with {code})")
    return result.settle()


def run_unittest(path, wanted):
    started = time.monotonic()
    name = str(path.relative_to(ROOT))
    with tempfile.TemporaryDirectory(prefix="oidor-records-") as folder:
        records_path = pathlib.Path(folder) / "records"
        command = [sys.executable, ROOT / "scripts/unittest_records.py", path, records_path]
        if wanted and not selected(name, wanted):
            command.append(wanted)
        code, text = run_bounded(command, os.environ.copy(), ROOT)
        records = []
        if records_path.exists():
            for line in records_path.read_text().splitlines():
                try:
                    records.append(json.loads(line))
                except ValueError:
                    pass  # The line that a crash cut; its case is missed below.
    result = parse_unittest(name, records, code, text)
    result.seconds = time.monotonic() - started
    return result


def gather(arguments):
    """The work to do, as callables; the longest first."""
    work = []
    preset = os.environ.get("OIDOR_TEST_PRESET", "dev")
    every = not (arguments.unit or arguments.black_box or arguments.rules)
    if every or arguments.unit:
        programs = [path for path in (ROOT / "build" / preset).glob("oidor_*_test") if path.is_file()]
        if arguments.filter and (ROOT / "src" / arguments.filter).is_dir():
            programs = [path for path in programs if path.name == f"oidor_{arguments.filter}_test"]
        known = {f"oidor_{path.name}_test" for path in (ROOT / "src").iterdir()}
        # The largest takes minutes: at the end, one processor would wait for it.
        programs.sort(key=lambda path: (-path.stat().st_size, path.name))
        work += [(run_gtest, path) for path in programs if path.name in known]
    if every or arguments.black_box:
        work += [(run_unittest, path) for path in sorted(ROOT.glob("tests/test_*.py"))]
    if every or arguments.rules:
        work += [(run_unittest, path) for path in sorted(ROOT.glob("scripts/tests/test_*.py"))]
    return work


def report(result):
    if not (result.passed or result.failed or result.skipped):
        return
    verdict = "FAIL" if result.failed else "ok"
    print(f"{verdict:4} {result.name}: {len(result.passed)} passed, {len(result.failed)} failed"
          f" ({result.seconds:.1f} s)", flush=True)
    for case, reason in result.skipped:
        print(f"     skipped {case}: {reason}")
    if result.failed:
        lines = result.text.splitlines()
        print("\n".join(f"     | {line}" for line in lines[-200:]))
        for case in result.failed:
            print(f"     failed {case}")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--unit", action="store_true")
    parser.add_argument("--black-box", action="store_true")
    parser.add_argument("--rules", action="store_true")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("filter", nargs="?")
    arguments = parser.parse_args()
    passed = failed = skipped = 0
    worst = []
    with ThreadPoolExecutor(arguments.jobs) as pool:
        running = [pool.submit(run, path, arguments.filter) for run, path in gather(arguments)]
        for done in as_completed(running):
            result = done.result()
            report(result)
            passed += len(result.passed)
            failed += len(result.failed)
            skipped += len(result.skipped)
            worst += result.failed
    for case in worst:
        print(f"failed: {case}")
    if passed + failed == 0:
        print("no test was found", file=sys.stderr)
        failed = 1
    if skipped:
        print(f"{skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
