#!/usr/bin/env python3
"""How fast the past is judged again: fills a data folder with COUNT conversations of 8 KB in the program's own form
(backtest_bench), then times `oidor scorecard backtest` over all of them, RUNS times; prints JSON.

    bench/backtest.py [--count 50000] [--runs 3] [--folder DIR] [--keep] [--threads N] [--cold]

--keep leaves the filled folder, and uses the one that is there when it has as many. --cold drops the system's cached
pages before each run (root). `seconds_for_a_million` is the median's rate carried on: state it as such, or run with
--count 1000000 (about 5 GB, and a quarter of an hour to fill)."""

import argparse
import json
import os
import pathlib
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
BUILD = pathlib.Path(os.environ.get("OIDOR_BENCH_BUILD", ROOT / "build/release"))
NEW, OLD = "general-es@1", "classic-es@1"


def say(text):
    print(text, file=sys.stderr, flush=True)


def fill(folder, count):
    stamp = folder / "conversations.count"
    if stamp.exists() and stamp.read_text() == str(count):
        return None
    started = time.monotonic()
    subprocess.run([BUILD / "backtest_bench", folder, str(count)], check=True)
    stamp.write_text(str(count))
    return time.monotonic() - started


def drop_caches():
    os.sync()
    pathlib.Path("/proc/sys/vm/drop_caches").write_text("3")


def take(folder, options):
    if options.cold:
        drop_caches()
    command = [BUILD / "oidor", "scorecard", "backtest", NEW, "--against", OLD, "--data", folder, "--json"]
    if options.threads:
        command += ["--threads", str(options.threads)]
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          cwd=folder, env={"PATH": os.environ["PATH"], "LANG": "C.UTF-8"})
    seconds = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    report = json.loads(done.stdout)
    if report["compared"] != options.count:
        raise SystemExit(f"compared {report['compared']} of {options.count}: {report['not_comparable']}")
    return {"seconds": seconds, "per_s": options.count / seconds,
            "cpu_us_each": 1e6 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime) / options.count,
            "resident_mib": after.ru_maxrss / 1024}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--count", type=int, default=50_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--folder", type=pathlib.Path)
    parser.add_argument("--keep", action="store_true")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--cold", action="store_true")
    options = parser.parse_args()
    folder = options.folder or pathlib.Path(tempfile.mkdtemp(prefix="oidor-backtest-", dir="."))
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    try:
        filled = fill(folder, options.count)
        say(f"{options.count} conversations, {(folder / 'oidor.db').stat().st_size / 2**20:.0f} MiB")
        runs = []
        for _ in range(options.runs):
            runs.append(take(folder, options))
            say(f"{runs[-1]['per_s']:.0f} conversations/s")
    finally:
        if not options.keep and options.folder is None:
            shutil.rmtree(folder, ignore_errors=True)
    rate = statistics.median(run["per_s"] for run in runs)
    print(json.dumps({"conversations": options.count, "fill_seconds": filled, "processors": os.cpu_count(),
                      "cold": options.cold, "runs": runs, "per_s": rate, "seconds_for_a_million": 1e6 / rate}))


if __name__ == "__main__":
    main()
