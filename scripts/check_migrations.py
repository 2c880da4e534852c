"""Migrations count up from 1 without a gap, under the same numbers and names for every database, and are never
edited once released (docs/adr/2026-11-21-migrations.md)."""

import re

import tree
from tree import Finding

FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")


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
    return found
