#!/usr/bin/env python3
"""Generated pages are what their commands print (scripts/pages.toml). `check_pages.py --write` rewrites them.
In docs/reference every page is generated, so that nobody edits one by hand. One that is measured for minutes
(`slow = true`) has to be there, and is made again by `--write --slow` alone."""

import pathlib
import subprocess
import sys
import tomllib

if __name__ == "__main__":
    sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import tree
from tree import Finding

TABLE = "scripts/pages.toml"


def pages(root):
    with open(root / TABLE, "rb") as file:
        return tomllib.load(file).get("page", [])


def printed(root, page):
    """(bytes, fault)"""
    try:
        done = subprocess.run(page["command"], cwd=root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=1200 if page.get("slow") else 120, check=False)
    except (OSError, subprocess.TimeoutExpired) as fault:
        return b"", str(fault)
    if done.returncode != 0 or not done.stdout:
        return b"", f"exit {done.returncode}: {done.stderr.decode('utf-8', 'replace')[:200].strip()}"
    return done.stdout, None


def first_difference(old, new):
    for number, (a, b) in enumerate(zip(old.splitlines(), new.splitlines()), 1):
        if a != b:
            return number
    return min(len(old.splitlines()), len(new.splitlines())) + 1


def check(root, write=False, slow=False):
    found = []
    for page in pages(root):
        path = root / page["path"]
        if page.get("slow") and not slow:
            if not path.is_file():
                found.append(Finding(page["path"], 1, "missing", "scripts/check_pages.py --write --slow"))
            continue
        text, fault = printed(root, page)
        if fault:
            found.append(Finding(TABLE, 1, f"{page['path']} cannot be made: {fault}", "mend its command"))
        elif write:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text)
        elif not path.is_file() or path.read_bytes() != text:
            old = path.read_bytes() if path.is_file() else b""
            found.append(Finding(page["path"], first_difference(old, text), "stale", "./dev docs"))
    made = {page["path"] for page in pages(root)}
    for name in tree.files(root):
        if name.parts[:2] == ("docs", "reference") and str(name) not in made:
            found.append(Finding(str(name), 1, "nothing makes this page", f"add its command to {TABLE}, or move it to guide/"))
    return found


if __name__ == "__main__":
    faults = check(pathlib.Path(__file__).resolve().parent.parent, write="--write" in sys.argv[1:],
                   slow="--slow" in sys.argv[1:])
    print("\n".join(map(str, faults)))
    sys.exit(1 if faults else 0)
