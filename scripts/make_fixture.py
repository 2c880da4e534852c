#!/usr/bin/env python3
"""Leaves a small store of the present schema as a fixture of a release (src/store/fixtures/README.md):

    python3 scripts/make_fixture.py            # NNNN.db, NNNN.postgres.sql, NNNN.json for the newest migration

A fixture that is there already is left alone: a released schema does not change."""

import hashlib
import json
import pathlib
import sqlite3
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
STORE = ROOT / "src/store"
FIXTURES = STORE / "fixtures"
# As src/store/sqlite/migrations.cpp marks a file of ours.
APPLICATION_ID = 0x4F494452
APPLIED_AT = 1_770_000_000_000_000


def migrations(backend):
    return sorted((STORE / backend / "migrations").glob("*.sql"))


def sample_rows(newest):
    """{table: [row]} of all migrations up to `newest`."""
    tables = {}
    for path in sorted((FIXTURES / "rows").glob("*.json")):
        if int(path.name[:4]) > newest:
            continue
        sample = json.loads(path.read_text(encoding="utf-8"))
        for table, columns in sample["columns"].items():
            for row in tables[table]:
                row.update(columns)
        for table, rows in sample["rows"].items():
            tables.setdefault(table, []).extend(rows)
    return tables


def columns_of(database, table):
    return [(name, kind) for _, name, kind, *_ in database.execute(f'PRAGMA table_info("{table}")')]


def make_sqlite(path, files, tables):
    database = sqlite3.connect(path)
    database.execute("PRAGMA page_size = 8192")
    database.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    database.execute("CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
                     "applied_at INTEGER NOT NULL) STRICT")
    for number, file in enumerate(files, 1):
        database.executescript(file.read_text(encoding="utf-8"))
        database.execute("INSERT INTO schema_migrations VALUES (?, ?, ?)", (number, file.stem, APPLIED_AT))
    for table, rows in tables.items():
        kinds = columns_of(database, table)
        for row in rows:
            values = [bytes.fromhex(row[name]) if kind == "BLOB" and row.get(name) is not None else row.get(name)
                      for name, kind in kinds]
            database.execute(f'INSERT INTO "{table}" VALUES ({", ".join("?" * len(kinds))})', values)
    database.commit()
    faults = database.execute("PRAGMA foreign_key_check").fetchall()
    if faults:
        raise SystemExit(f"rows that refer to nothing: {faults}")
    database.execute("VACUUM")
    kinds = {table: columns_of(database, table) for table in tables}
    database.close()
    return kinds


def literal(value, kind):
    if value is None:
        return "NULL"
    if kind == "BLOB":
        # An id is 16 bytes, and uuid reads its digits; other bytes are bytea.
        return f"'{value}'" if len(value) == 32 else f"'\\x{value}'"
    if kind == "TEXT":
        return "'" + value.replace("'", "''") + "'"
    return str(value)


def make_postgres(path, files, tables, kinds):
    lines = ['CREATE TABLE schema_migrations (version bigint NOT NULL PRIMARY KEY, name text COLLATE "C" NOT NULL, '
             "applied_at bigint NOT NULL);"]
    for number, file in enumerate(files, 1):
        lines.append(file.read_text(encoding="utf-8"))
        lines.append(f"INSERT INTO schema_migrations VALUES ({number}, '{file.stem}', {APPLIED_AT});")
    for table, rows in tables.items():
        names = ", ".join(f'"{name}"' for name, _ in kinds[table])
        for row in rows:
            values = ", ".join(literal(row.get(name), kind) for name, kind in kinds[table])
            lines.append(f'INSERT INTO "{table}" ({names}) OVERRIDING SYSTEM VALUE VALUES ({values});')
    # As the program leaves its numbers behind so many rows.
    lines += [f"SELECT setval(pg_get_serial_sequence('{table}', 'sequence'), {max(row['sequence'] for row in rows)});"
              for table, rows in tables.items() if "sequence" in rows[0]]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def main():
    files = {backend: migrations(backend) for backend in ("sqlite", "postgres")}
    newest = len(files["sqlite"])
    folder = FIXTURES / "released"
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"{newest:04}.db"
    if target.exists():
        raise SystemExit(f"{target.relative_to(ROOT)} is there already: a released schema does not change")
    tables = sample_rows(newest)
    kinds = make_sqlite(target, files["sqlite"], tables)
    make_postgres(folder / f"{newest:04}.postgres.sql", files["postgres"], tables, kinds)
    hashes = {str(file.relative_to(STORE)): hashlib.sha256(file.read_bytes()).hexdigest()
              for backend in files.values() for file in backend}
    (folder / f"{newest:04}.json").write_text(json.dumps({"migrations": hashes}, indent=1) + "\n", encoding="utf-8")
    print(target.relative_to(ROOT))


if __name__ == "__main__":
    sys.exit(main())
