#!/usr/bin/env python3
"""The figures of this product on this machine: bench/results.json and the table in bench/README.md.

    ./dev bench                      three interleaved runs of everything (about ten minutes)
    ./dev bench --runs 5             as the published table is taken
    ./dev bench --only webhook --seconds 3

One run takes each figure once; the median over the runs counts, so that a noisy minute touches all alike."""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys

import load
from figures import FIGURES, format_table

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
BUILD = ROOT / "build/bench"
RESULTS = HERE / "results.json"
README = HERE / "README.md"
RECORDING = ROOT / "tests/recordings/good-call.mp3"
MARKS = ("<!-- figures: begin -->", "<!-- figures: end -->")
# Above this share of busy processors before a run, the table says that the machine was not quiet.
QUIET_LOAD_RATIO = 0.5


def say(text):
    print(text, file=sys.stderr, flush=True)


def run_lines(*command, seconds=1200, env=None):
    """The JSON lines that a program prints; `env` is added to ours."""
    done = subprocess.run([str(word) for word in command], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          timeout=seconds, check=False, env={**os.environ, **(env or {})})
    if done.returncode != 0:
        raise load.Failed(f"{pathlib.Path(command[0]).name}: exit {done.returncode}: "
                          f"{done.stderr.decode('utf-8', 'replace')[-300:].strip()}")
    return [json.loads(line) for line in done.stdout.decode("utf-8").splitlines() if line.startswith("{")]


def take_webhook(options):
    api = load.intake(options.program, options.folder, "api", options.seconds)
    names = ("per_s", "p50_ms", "p99_ms", "cpu_us", "memory_mb", "not_200")
    return {f"webhook_{name}": api[name] for name in names}


def take_webhook_all(options):
    found = load.intake(options.program, options.folder, "all", options.seconds)
    return {"webhook_all_per_s": found["per_s"], "webhook_all_p99_ms": found["p99_ms"]}


def take_flask(options):
    found = load.flask(options.folder, options.seconds)
    return {"flask_per_s": found["per_s"], "flask_p99_ms": found["p99_ms"]}


def take_store(options):
    return {line["figure"]: line["value"] for line in run_lines(BUILD / "store_bench", options.folder)}


def take_store_postgres(options):
    """A server of its own with its usual settings (fsync and synchronous_commit on), a fresh database for each figure."""
    found = {}
    with load.postgres(options.folder) as postgres:
        for figure in ("keep", "queue", "pool", "idle"):
            url = postgres.create_database(figure)
            lines = run_lines(BUILD / "store_bench", options.folder, figure, env={"OIDOR_BENCH_STORE_URL": url})
            found.update({line["figure"]: line["value"] for line in lines})
    return found


def take_webhook_postgres(options):
    found = load.intake(options.program, options.folder, "api", options.seconds, on_postgres=True)
    names = ("per_s", "p50_ms", "p99_ms", "cpu_us", "database_cpu_us", "memory_mb", "not_200")
    return {f"postgres_webhook_{name}": found[name] for name in names}


def take_audit(_):
    command = [BUILD / "audit_bench", "--benchmark_format=json", "--benchmark_min_time=1"]
    done = subprocess.run(list(map(str, command)), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, timeout=300,
                          check=True)
    rates = {row["name"]: row["items_per_second"] for row in json.loads(done.stdout)["benchmarks"]}
    python = run_lines(sys.executable, HERE / "audit_baseline.py")[0]["audits_per_s"]
    audits = rates["judge/general_stored_transcript"]
    return {"audit_per_s": audits, "audit_hashing_per_s": rates["judge/general_hashing_the_transcript"],
            "audit_masked_per_s": rates["judge_and_mask/general_stored_transcript"],
            "audit_re2_per_s": rates["re2_set"], "audit_fold_only_per_s": rates["fold_only"],
            "audit_python_per_s": python, "audit_over_python": audits / python}


def take_audio(options):
    lines = run_lines(BUILD / "audio_bench", RECORDING, options.audio_seconds)
    found = {f"audio_{line['form']}": line["times_real_time"] for line in lines}
    found |= {f"ffmpeg_{line['form']}": line["ffmpeg_times_real_time"] for line in lines}
    heard = run_lines(BUILD / "hearing_bench", RECORDING)[0]
    return {**found, "hearing_cpu_s_per_audio_s": heard["cpu_s"] / heard["audio_s"]}


def take_process(options):
    found = load.process(options.program, options.folder, options.drop_caches)
    return {"start_" + name if name.endswith("_ms") else name: value for name, value in found.items()}


# In the order of a run.
SECTIONS = {"store": take_store, "store_postgres": take_store_postgres, "webhook": take_webhook,
            "webhook_postgres": take_webhook_postgres, "flask": take_flask, "webhook_all": take_webhook_all,
            "audit": take_audit, "audio": take_audio, "process": take_process}


def processor_name():
    text = pathlib.Path("/proc/cpuinfo").read_text("utf-8")
    found = re.search(r"^model name\s*: (.*)$", text, re.MULTILINE)
    return found.group(1) if found else platform.machine()


def describe_machine(kind):
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (f"{processor_name()}, {os.cpu_count()} processors, {memory:.0f} GiB, Linux {platform.release()}, "
            f"data on {kind}")


def take_runs(options):
    """{figure: [one value a run]}, the failures, and the load before each run."""
    samples, failures, loads = {}, [], []
    for number in range(1, options.runs + 1):
        loads.append(round(os.getloadavg()[0], 1))
        for name in options.only:
            say(f"bench: run {number} of {options.runs}: {name} …")
            try:
                found = SECTIONS[name](options)
            except (load.Failed, AssertionError, OSError, subprocess.SubprocessError) as failure:
                say(f"bench: {name}: {failure}")
                failures.append(f"{name}: {failure}")
                continue
            for key, value in found.items():
                samples.setdefault(key, []).append(value)
            say("  " + ", ".join(f"{key} {value:.4g}" for key, value in found.items()))
    for ratio, other in (("webhook_over_flask", "flask_per_s"), ("webhook_over_bare", "bare_group_commit_64")):
        if {"webhook_per_s", other} <= samples.keys():
            # Of the medians: a run that failed would shift the pairs.
            samples[ratio] = [statistics.median(samples["webhook_per_s"]) / statistics.median(samples[other])]
    return samples, failures, loads


def make_results(options, samples, failures, loads, kind):
    figures = []
    for figure in FIGURES:
        if figure.name in samples:
            values = samples[figure.name]
            figures.append(figure.result(statistics.median(values), values))
    known = {figure.name for figure in FIGURES}
    others = {name: statistics.median(values) for name, values in sorted(samples.items()) if name not in known}
    return {"date": datetime.date.today().isoformat(), "machine": describe_machine(kind),
            "command": "./dev bench " + " ".join(sys.argv[1:]), "runs": options.runs,
            "load_before_each_run": loads, "quiet": max(loads) < QUIET_LOAD_RATIO * (os.cpu_count() or 1),
            "flask_server": load.flask_command("127.0.0.1:0")[0],
            "figures": figures, "others": others, "failures": failures}


def write_page(results):
    text = README.read_text("utf-8")
    head, _, rest = text.partition(MARKS[0])
    _, _, tail = rest.partition(MARKS[1])
    if not rest or not text.count(MARKS[1]):
        raise load.Failed("bench/README.md has lost its marks")
    README.write_text(f"{head}{MARKS[0]}\n{format_table(results)}{MARKS[1]}{tail}", "utf-8")


def read_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=3, help="interleaved runs; the median counts (3)")
    parser.add_argument("--seconds", type=int, default=10, help="of load in each webhook figure (10)")
    parser.add_argument("--audio-seconds", type=int, default=3600, help="of each recording that is measured (3600)")
    parser.add_argument("--only", type=lambda text: text.split(","), default=list(SECTIONS),
                        help=f"some of: {','.join(SECTIONS)}")
    parser.add_argument("--folder", type=pathlib.Path, default=ROOT / "build/bench-work",
                        help="for data, on the disk to be measured")
    parser.add_argument("--drop-caches", action=argparse.BooleanOptionalAction, default=True,
                        help="the cold start empties the system's caches, when root")
    parser.add_argument("--write", action=argparse.BooleanOptionalAction, default=True,
                        help="write results.json and README.md (never with --only)")
    options = parser.parse_args()
    unknown = [name for name in options.only if name not in SECTIONS]
    if unknown or options.runs < 1 or options.seconds < 1:
        parser.error(f"unknown: {', '.join(unknown)}" if unknown else "--runs and --seconds are at least 1")
    options.program = pathlib.Path(os.environ.get("OIDOR_TEST_PROGRAM", BUILD / "oidor"))
    options.folder = options.folder.resolve()
    return options


def main():
    options = read_options()
    options.folder.mkdir(parents=True, exist_ok=True)
    try:
        kind = load.check_folder(options.folder)
        samples, failures, loads = take_runs(options)
        results = make_results(options, samples, failures, loads, kind)
        print(json.dumps(results, indent=1, ensure_ascii=False))
        # A part of the figures would take the rest from the page.
        if options.write and set(options.only) == set(SECTIONS):
            RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", "utf-8")
            write_page(results)
    except load.Failed as failure:
        say(f"bench: {failure}")
        return 1
    finally:
        shutil.rmtree(options.folder, ignore_errors=True)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
