"""Migrations count up from 1 without a gap, under the same numbers and names for every database, and are never
edited once released (docs/adr/2026-11-21-migrations.md). Each has sample rows, and a release leaves a fixture with
the hashes of those it was made by (src/store/fixtures/README.md)."""

import hashlib
import json
import re

import tree
from tree import Finding

FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


FIXTURES = "src/store/fixtures"


def check_released(root, name):
    """One fixture: all its files are there, and its migrations are as they were."""
    for other in (name.with_suffix(".postgres.sql"), name.with_suffix(".json")):
        if not (root / other).is_file():
            yield Finding(str(other), 1, "a fixture without it", "python3 scripts/make_fixture.py makes all three")
            return
    hashes = json.loads(tree.read(root, name.with_suffix(".json")))["migrations"]
    for path, wanted in hashes.items():
        file = root / "src/store" / path
        if not file.is_file() or hashlib.sha256(file.read_bytes()).hexdigest() != wanted:
            yield Finding(f"src/store/{path}", 1, f"released with schema {int(name.stem)}, and edited since",
                          "put it back; a change is a new migration")


def check_fixtures(root, titles):
    """Sample rows for each migration, and whole fixtures."""
    if not (root / FIXTURES).is_dir():
        return
    for number, title in sorted(titles.items()):
        rows = f"{FIXTURES}/rows/{number:04}_{title}.json"
        if not (root / rows).is_file():
            yield Finding(rows, 1, "no sample rows for this migration",
                          "rows for what it adds: tests of upgrade, backup and copy fill every table from them")
    released = [name for name in tree.files(root, ".db") if str(name.parent) == f"{FIXTURES}/released"]
    if not released:
        yield Finding(f"{FIXTURES}/released", 1, "no release left a store", "python3 scripts/make_fixture.py")
    for name in released:
        yield from check_released(root, name)


def check(root):
    found, stores = [], {}
    for name in tree.files(root, ".sql"):
        if name.parts[:2] != ("src", "store") or name.parts[-2] != "migrations":
            continue
        match = FILE.match(name.name)
        if not match:
            found.append(Finding(str(name), 1, "not the name of a migration", "NNNN_what_it_adds.sql"))
            continue
        numbers = stores.setdefault(name.parts[2], {})
        if int(match.group(1)) in numbers:
            found.append(Finding(str(name), 1, "two migrations with one number", "give it the next one"))
        numbers[int(match.group(1))] = match.group(2)
    for store, numbers in stores.items():
        for expected in range(1, max(numbers) + 1):
            if expected not in numbers:
                found.append(Finding(f"src/store/{store}/migrations", 1, f"number {expected:04} is missing", "count without gaps"))
    every = {number: title for numbers in stores.values() for number, title in numbers.items()}
    for store, numbers in stores.items():
        for number, title in sorted(every.items()):
            if numbers.get(number, title) != title or number not in numbers:
                found.append(Finding(f"src/store/{store}/migrations", 1, f"no {number:04}_{title}.sql as the other store has",
                                     "both databases take the same steps"))
    return found + list(check_fixtures(root, every))
