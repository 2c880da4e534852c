#!/usr/bin/env python3
"""The server under a load that its workers sustain, for long: backlog, log of the store, memory and open files stay
flat, and whatever was acknowledged ends audited, once. The rate is found first: as fast as the backlog stays short,
then a good half of that.

Examples:
  python3 tests/soak.py                              # 30 minutes of each store, one after the other
  python3 tests/soak.py --minutes 5 --store postgres

A quantity is flat when the line through its samples (least squares, without the first quarter, in which caches fill)
rises by no more than its bound over the time of those samples. The last line is `N passed, N failed`."""

import argparse
import http.client
import json
import os
import pathlib
import re
import sqlite3
import statistics
import sys
import threading
import time
from dataclasses import dataclass
from urllib.parse import quote

import harness
from kill_soak import Recordings, end_event, server_env, transcript_of
from postgres_case import Postgres

MIB = 1 << 20
WARM_RATIO = 0.25
RATE_RATIO = 0.6  # of what was sustained while the rate was looked for
BACKLOG_MAX = 300  # while the rate is looked for
RECORDED_EVERY = 10  # one call of ten has a recording that is fetched and analysed
SQLITE_WAL_BYTES_MAX = 64 * MIB
POSTGRES_WAL_BYTES_MAX = 256 * MIB


@dataclass(frozen=True)
class Sample:
    at_s: float
    backlog: float
    memory_bytes: float
    wal_bytes: float
    files: float
    store_bytes: float
    events: float


@dataclass(frozen=True)
class Verdict:
    """One line of the table."""

    subject: str
    first: str
    last: str
    found: str
    bound: str
    passed: bool


def rise(times, values):
    """How much the line of least squares through the samples rises over their time."""
    if len(times) < 2 or times[-1] == times[0]:
        return 0.0
    time_mean, mean = statistics.fmean(times), statistics.fmean(values)
    spread = sum((at - time_mean) ** 2 for at in times)
    slope = sum((at - time_mean) * (value - mean) for at, value in zip(times, values)) / spread
    return slope * (times[-1] - times[0])


def judge(samples, rate, wal_bytes_max):
    """The verdicts over the samples of one store."""
    samples = samples[int(len(samples) * WARM_RATIO):]
    times = [sample.at_s for sample in samples]
    third = max(1, len(samples) // 3)

    def flat(subject, values, bound, shown, highest=None):
        found, top = rise(times, values), max(values)
        passed = found <= bound and (highest is None or top <= highest)
        said = f"+{shown(found)}" if found >= 0 else f"-{shown(-found)}"
        limit = f"rise ≤ {shown(bound)}" + (f", ≤ {shown(highest)}" if highest is not None else "")
        return Verdict(subject, shown(statistics.fmean(values[:third])), shown(statistics.fmean(values[-third:])),
                       said + (f", at most {shown(top)}" if highest is not None else ""), limit, passed)

    def mib(value):
        return f"{value / MIB:.1f} MiB"

    def number(value):
        return f"{value:.0f}"

    memory = [sample.memory_bytes for sample in samples]
    verdicts = [
        # A call is four jobs at most, and the samples find it at any of them.
        flat("backlog, jobs", [sample.backlog for sample in samples], max(8 * rate, 50), number, max(40 * rate, 400)),
        flat("resident memory", memory, max(8 * MIB, 0.1 * statistics.median(memory)), mib),
        flat("log of the store", [sample.wal_bytes for sample in samples], wal_bytes_max / 2, mib, 1.5 * wal_bytes_max),
        flat("open files", [sample.files for sample in samples], 32, number)]
    middle = samples[len(samples) // 2]
    halves = [(end.store_bytes - begin.store_bytes) / max(end.events - begin.events, 1)
              for begin, end in ((samples[0], middle), (middle, samples[-1]))]
    # What is kept grows the store; what grows faster than that is a leak of disk. Pages come in strides.
    bound = 1.5 * max(halves[0], 4096)
    verdicts.append(Verdict("store, a call", f"{halves[0] / 1024:.1f} KiB", f"{halves[1] / 1024:.1f} KiB",
                            f"{halves[1] / 1024:.1f} KiB", f"≤ {bound / 1024:.1f} KiB", halves[1] <= bound))
    return verdicts


class SqliteGround:
    name, wal_bytes_max = "sqlite", SQLITE_WAL_BYTES_MAX
    env = {}

    def attach(self, server):
        self.path = server.data / "oidor.db"

    def wal_bytes(self):
        path = pathlib.Path(f"{self.path}-wal")
        return path.stat().st_size if path.exists() else 0

    def store_bytes(self):
        return self.path.stat().st_size

    def count(self, sql):
        store = sqlite3.connect(f"file:{self.path}?mode=ro", uri=True, timeout=20)
        try:
            return store.execute(sql).fetchone()[0]
        finally:
            store.close()

    def close(self):
        pass


class PostgresGround:
    name, wal_bytes_max = "postgres", POSTGRES_WAL_BYTES_MAX

    def __init__(self):
        self.postgres = Postgres(f"max_wal_size={POSTGRES_WAL_BYTES_MAX // MIB}MB", "min_wal_size=64MB").start()
        self.env = {"OIDOR_STORE_URL": self.postgres.url}

    def attach(self, server):
        pass

    def wal_bytes(self):
        total = 0
        with os.scandir(self.postgres.folder / "data/pg_wal") as entries:
            for entry in entries:
                try:
                    total += entry.stat().st_size if entry.is_file() else 0
                except FileNotFoundError:  # recycled between the two looks
                    pass
        return total

    def store_bytes(self):
        return self.count("SELECT pg_database_size(current_database())")

    def count(self, sql):
        return int(self.postgres.query(sql)[0])

    def close(self):
        self.postgres.remove()


GROUNDS = {"sqlite": SqliteGround, "postgres": PostgresGround}


class Caller:
    """Posts calls over one kept connection: an END event, and its transcript."""

    def __init__(self, server, key, recordings):
        self.connection = http.client.HTTPConnection(*server.address, timeout=60)
        self.key, self.recordings, self.calls = key, recordings, 0

    def send(self, method, path, value):
        body = json.dumps(value).encode()
        self.connection.request(method, path, body=body,
                                headers={"Content-Type": "application/json", "X-API-Key": self.key})
        answer = self.connection.getresponse()
        text = answer.read()
        if not 200 <= answer.status < 300:
            raise AssertionError(f"{method} {path}: {answer.status} {text[:200]!r}")

    def call(self):
        number = self.calls + 1
        url = self.recordings.url(number) if number % RECORDED_EVERY == 0 else None
        self.send("POST", "/webhook/anura/", end_event(number, url))
        self.send("PUT", "/api/v1/transcripts?source=anura&account=default&external_id=" + quote(f"soak-{number}"),
                  transcript_of(number))
        self.calls = number


def read_metrics(server):
    """Name to sum over labels."""
    values = {}
    for name, value in re.findall(r"^(\w+)(?:\{[^}]*\})? (\S+)$", server.get("/metrics").text, re.MULTILINE):
        values[name] = values.get(name, 0) + float(value)
    return values


def backlog(server):
    values = read_metrics(server)
    return values["jobs_queued_count"] + values["jobs_running_count"]


def take_sample(server, ground, caller, began):
    pid = server.process.pid
    status = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8")
    return Sample(at_s=time.monotonic() - began, backlog=backlog(server),
                  memory_bytes=int(re.search(r"^VmRSS:\s+(\d+) kB", status, re.MULTILINE).group(1)) * 1024,
                  wal_bytes=ground.wal_bytes(), files=len(os.listdir(f"/proc/{pid}/fd")),
                  store_bytes=ground.store_bytes(), events=caller.calls)


def find_rate(server, caller, seconds):
    """Calls a second that were audited while the backlog was kept short."""
    ends, measured_from = time.monotonic() + seconds, None
    while (now := time.monotonic()) < ends:
        if measured_from is None and now > ends - seconds * 0.7:
            measured_from = now, read_metrics(server)["audit_audits_total"]
        if caller.calls % 50 == 0 and backlog(server) > BACKLOG_MAX:
            time.sleep(0.1)
        else:
            caller.call()
    began, before = measured_from
    return (read_metrics(server)["audit_audits_total"] - before) / (time.monotonic() - began)


def post_steadily(caller, rate, ending, faults):
    due = time.monotonic()
    try:
        while not ending.is_set():
            caller.call()
            due = max(due + 1 / rate, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
    except Exception as fault:  # noqa: BLE001 - it must reach whoever waits
        faults.append(fault)


def settle(server, ground, caller, rate):
    """The verdict over the end: everything acknowledged is audited, once."""
    wanted = {"calls": caller.calls, "events": caller.calls, "audits": caller.calls,
              "recordings": caller.calls // RECORDED_EVERY, "unfinished jobs": 0, "dead jobs": 0}

    def count_all():
        return {"calls": ground.count("SELECT count(*) FROM conversations WHERE state = 'audited'"),
                "events": ground.count("SELECT count(*) FROM events WHERE kind = 'END'"),
                "audits": ground.count("SELECT count(*) FROM audits WHERE is_current = 1"),
                "recordings": ground.count("SELECT count(*) FROM recordings WHERE state = 'stored'"),
                "unfinished jobs": ground.count("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running')"),
                "dead jobs": ground.count("SELECT count(*) FROM jobs WHERE state = 'dead'")}

    ends = time.monotonic() + (60 + BACKLOG_MAX / rate) * harness.PATIENCE
    while (found := count_all()) != wanted and time.monotonic() < ends:
        time.sleep(0.5)
    wrong = {name: f"{count} of {wanted[name]}" for name, count in found.items() if count != wanted[name]}
    return Verdict("audited once", f"{caller.calls} calls", f"{found['calls']}",
                   ", ".join(f"{name}: {text}" for name, text in wrong.items()) or "all", "all", not wrong)


def soak(store, seconds, say=lambda text: None):
    """Runs one store; returns (calls a second, verdicts)."""
    ground = GROUNDS[store]()
    recordings = Recordings()
    server = harness.Server(env={**server_env(recordings), **ground.env})
    try:
        server.start()
        ground.attach(server)
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("agents", "set", "300", "--name", "Lucía")):
            done = server.cli(*words)
            assert done.returncode == 0, done
        caller = Caller(server, server.create_key("webhook:anura/default"), recordings)
        rate = max(1.0, RATE_RATIO * find_rate(server, caller, max(6, min(60, seconds * 0.1))))
        say(f"{store}: {rate:.0f} calls a second")
        harness.wait_until(lambda: backlog(server) < BACKLOG_MAX / 2, 60, "the backlog to go")
        ending, faults, samples, began = threading.Event(), [], [], time.monotonic()
        poster = threading.Thread(target=post_steadily, args=(caller, rate, ending, faults), daemon=True)
        poster.start()
        every, said_at = min(10, max(0.5, seconds / 200)), began
        while time.monotonic() - began < seconds and not faults:
            time.sleep(every)
            samples.append(take_sample(server, ground, caller, began))
            if time.monotonic() - said_at > 60:
                said_at = time.monotonic()
                last = samples[-1]
                say(f"{store}: {last.at_s:.0f} s, {last.events:.0f} calls, backlog {last.backlog:.0f}, "
                    f"{last.memory_bytes / MIB:.1f} MiB, log {last.wal_bytes / MIB:.1f} MiB")
        ending.set()
        poster.join(60)
        caller.connection.close()
        if faults:
            raise AssertionError(f"{store}: a call was not acknowledged: {faults[0]!r}") from faults[0]
        verdicts = [*judge(samples, rate, ground.wal_bytes_max), settle(server, ground, caller, rate)]
        code = server.stop()
        verdicts.append(Verdict("ends in order", "", "", f"exit {code}", "exit 0", code == 0))
        return rate, verdicts
    finally:
        server.remove_data()
        recordings.close()
        ground.close()


def format_table(store, rate, seconds, verdicts):
    rows = [("store", "what", "early", "late", "found", "bound", "")]
    rows += [(store, one.subject, one.first, one.last, one.found, one.bound, "passed" if one.passed else "FAILED")
             for one in verdicts]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]
    return f"{store}: {rate:.0f} calls a second for {seconds / 60:.1f} minutes\n" + "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30, help="of each store (30)")
    parser.add_argument("--store", choices=sorted(GROUNDS), help="one store alone; else one after the other")
    arguments = parser.parse_args()
    stores = [arguments.store] if arguments.store else ["sqlite", "postgres"]
    seconds = arguments.minutes * 60
    passed = failed = 0
    for store in stores:
        try:
            rate, verdicts = soak(store, seconds, lambda text: print(text, file=sys.stderr, flush=True))
        except AssertionError as fault:
            print(f"{store}: {fault}")
            failed += 1
            continue
        print(format_table(store, rate, seconds, verdicts), flush=True)
        passed += sum(one.passed for one in verdicts)
        failed += sum(not one.passed for one in verdicts)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
