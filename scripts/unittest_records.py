#!/usr/bin/env python3
"""Runs one unittest file and writes a record for each case: unittest_records.py FILE RECORDS [FILTER].

A record is one JSON line {"case", "outcome", "reason"}; first all cases are promised, then each is passed,
failed or skipped, so that the reader sees which ones never came to their end."""

import json
import pathlib
import sys
import unittest


class Recorder(unittest.TextTestResult):
    """A result that also writes records. A case has one outcome, however many subtests it has."""

    def __init__(self, *arguments, records=None, **named):
        super().__init__(*arguments, **named)
        self.records = records
        self.outcomes = {}

    def write(self, case, outcome, reason=""):
        self.records.write(json.dumps({"case": case, "outcome": outcome, "reason": reason}) + "\n")
        self.records.flush()

    def note(self, test, outcome, reason=""):
        name = short_name(test)
        if self.outcomes.get(name, ("passed", ""))[0] in ("passed", "skipped"):
            self.outcomes[name] = (outcome, reason)
        if not isinstance(test, unittest.TestCase):  # setUpClass or setUpModule: no stopTest follows.
            self.write(name, outcome, reason)

    def addSuccess(self, test):
        super().addSuccess(test)
        self.outcomes.setdefault(short_name(test), ("passed", ""))

    def addFailure(self, test, err):
        super().addFailure(test, err)
        self.note(test, "failed")

    def addError(self, test, err):
        super().addError(test, err)
        self.note(test, "failed")

    def addSubTest(self, test, subtest, err):
        super().addSubTest(test, subtest, err)
        if err is not None:
            self.note(test, "failed")

    def addSkip(self, test, reason):
        super().addSkip(test, reason)
        self.note(test, "skipped", reason)

    def addExpectedFailure(self, test, err):
        super().addExpectedFailure(test, err)
        self.note(test, "failed", "an expected failure is no result")

    def addUnexpectedSuccess(self, test):
        super().addUnexpectedSuccess(test)
        self.note(test, "failed", "unexpected success")

    def stopTest(self, test):
        super().stopTest(test)
        name = short_name(test)
        outcome, reason = self.outcomes.get(name, ("failed", "no outcome"))
        self.write(name, outcome, reason)


def short_name(test):
    if isinstance(test, unittest.TestCase):
        return f"{type(test).__name__}.{test._testMethodName}"
    return f"{test.id()} (group)"


def cases_of(suite):
    for item in suite:
        if isinstance(item, unittest.TestSuite):
            yield from cases_of(item)
        else:
            yield item


def main():
    path, records_path = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2])
    wanted = sys.argv[3].lower() if len(sys.argv) > 3 else ""
    sys.path[:0] = [str(path.parent), str(path.parent.parent / "scripts")]
    loaded = unittest.defaultTestLoader.loadTestsFromName(path.stem)
    chosen = unittest.TestSuite(
        case for case in cases_of(loaded) if not wanted or wanted in short_name(case).lower())
    with open(records_path, "w", encoding="utf-8") as records:
        def make(*arguments, **named):
            return Recorder(*arguments, records=records, **named)
        for case in chosen:
            records.write(json.dumps({"case": short_name(case), "outcome": "promised", "reason": ""}) + "\n")
        records.flush()
        runner = unittest.TextTestRunner(verbosity=2, resultclass=make)
        return 0 if runner.run(chosen).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
