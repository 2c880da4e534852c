#!/usr/bin/env python3
"""Runs the rules of this tree: check.py [RULE …]; all of them when none is named.

A rule is a module scripts/check_<rule>.py with `check(root) -> list[Finding]`. Each finding is printed as
`file:line: what: cure`; the last line is `N passed, N failed`, in rules."""

import importlib
import pathlib
import sys
import time
import traceback

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    known = sorted(path.stem.removeprefix("check_") for path in (ROOT / "scripts").glob("check_*.py"))
    # The quick ones first, the linter last.
    known.sort(key=lambda rule: rule in ("lint", "headers", "pages"))
    wanted = sys.argv[1:] or known
    passed = failed = 0
    for rule in wanted:
        if rule not in known:
            print(f"there is no rule {rule!r}; there are: {', '.join(known)}")
            failed += 1
            continue
        started = time.monotonic()
        try:
            found = sorted(set(importlib.import_module(f"check_{rule}").check(ROOT)))
            text = [str(finding) for finding in found]
        except Exception:  # A rule that cannot be checked is broken.
            text = traceback.format_exc().splitlines()
        print(f"{'FAIL' if text else 'ok':4} {rule} ({time.monotonic() - started:.1f} s)", flush=True)
        for line in text:
            print(f"  {line}")
        passed += not text
        failed += bool(text)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
