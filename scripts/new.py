#!/usr/bin/env python3
"""Begins a folder by its floor plan: new.py connector NAME (`./dev new connector NAME`).

What it leaves builds, stands in the registry, and fails the contract tests until it is filled."""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


class Refused(Exception):
    pass


def add_to_registry(text, name):
    """The registry with the new connector's include and line, in their places."""
    include = f'#include "connectors/{name}/connector.hpp"'
    line = f"    connectors.push_back({name}::make_connector());"
    lines = text.splitlines()
    for new, pattern in ((include, r'#include "connectors/\w+/connector\.hpp"'), (line, r"    connectors\.push_back\(")):
        places = [index for index, old in enumerate(lines) if re.match(pattern, old)]
        if not places:
            raise Refused("src/connectors/registry.cpp has no line to stand beside")
        lines[places[0]:places[-1] + 1] = sorted(lines[places[0]:places[-1] + 1] + [new])
    return "\n".join(lines) + "\n"


def new_connector(root, name):
    if not re.fullmatch(r"[a-z][a-z0-9]*(_[a-z0-9]+)*", name):
        raise Refused(f"{name!r} is no name of a source: small letters, digits, single underscores")
    folder, registry = root / "src/connectors" / name, root / "src/connectors/registry.cpp"
    if folder.exists():
        raise Refused(f"src/connectors/{name} is there already")
    entry = add_to_registry(registry.read_text(), name)
    words = {"@NAME@": name, "@TYPE@": "".join(part.capitalize() for part in name.split("_")),
             "@TITLE@": " ".join(part.capitalize() for part in name.split("_"))}
    template = ROOT / "scripts/templates/connector"
    for path in sorted(template.rglob("*.in")):
        text = path.read_text()
        for mark, word in words.items():
            text = text.replace(mark, word)
        goal = folder / str(path.relative_to(template)).removesuffix(".in")
        goal.parent.mkdir(parents=True, exist_ok=True)
        goal.write_text(text)
    registry.write_text(entry)
    return folder


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "connector":
        print("./dev new connector NAME", file=sys.stderr)
        return 2
    try:
        folder = new_connector(ROOT, sys.argv[2])
    except (Refused, OSError) as fault:
        print(f"new: {fault}", file=sys.stderr)
        return 2
    print(f"{folder.relative_to(ROOT)}: fill in testdata/cases/first, then: ./dev test connectors")
    return 0


if __name__ == "__main__":
    sys.exit(main())
