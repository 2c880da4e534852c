#!/usr/bin/env python3
"""Every fault that a test can bring about, on both stores: the program killed and made to fail at each of its points,
a database that goes away, a bucket that is away, a full disk, a clock that jumps, leases that are lost, and power that
fails. After each: nothing acknowledged is lost, nothing is doubled, and the work has ended within 15 s.

Examples:
  python3 tests/faults.py                       # everything, and 100 kills under load
  python3 tests/faults.py --only fetch          # the runs whose name holds this
  python3 tests/faults.py --seed 17             # one seed of the power loss again
  python3 tests/faults.py --list"""

import argparse
import os
import random
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
import traceback
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Callable

import harness
from fault_house import (ABSENT_CALLS, BACKENDS, CALLS, LARGE_CALLS, PADDED_CALLS, RECOVERY_SECONDS, House, Postgreses,
                         list_points)
from kill_soak import soak, wav_of
from speech_house import make_call, open_simulator, speech_env

POWER_LOSS_SEEDS = 1000
SETTLE_SECONDS = 60
# Points of one store only.
ONLY_ON = {**{f"store.checkpoint.{when}": "sqlite" for when in ("before", "after")},
           **{f"blobs.{what}": "sqlite" for what in ("sync.before", "rename.before", "rename.after")},
           **{f"blobs.{what}": "postgres" for what in ("put.before", "part.after", "complete.before", "put.after")}}
# What is sent to reach a point; CALLS where nothing is said.
CALLS_OF = {"pipeline.fetch.give_up": ABSENT_CALLS, "blobs.part.after": LARGE_CALLS,
            "blobs.complete.before": LARGE_CALLS, "store.checkpoint.before": PADDED_CALLS,
            "store.checkpoint.after": PADDED_CALLS}
# Hits beside the first, for points that are passed again and again in different circumstances.
MORE_HITS = {"store.commit.before": (3, 7, 15), "store.commit.after": (3, 7, 15), "jobs.claim.after": (2, 4),
             "jobs.run.before": (2, 4), "jobs.finish.before": (2, 4), "jobs.finish.after": (2, 4),
             "inbox.rows.after": (2,), "inbox.keep.after": (3,), "server.answer.before": (3,)}


@dataclass
class Run:
    """One fault, and how it is brought about. `go` gives the seconds that recovery took; it raises what went wrong."""

    name: str
    go: Callable[[], float]


def settle_and_check(house, sender, since, before_check=lambda: None):
    """Seconds since `since` until all work had ended; at most RECOVERY_SECONDS of them."""
    house.settle(sender, SETTLE_SECONDS)
    took = time.monotonic() - since
    before_check()
    house.check(sender)
    if took > RECOVERY_SECONDS * harness.PATIENCE:
        raise AssertionError(f"recovery took {took:.1f} s")
    assert house.server.stop() == 0, "a graceful stop"
    return took


def upload_of(point):
    return wav_of(77) if point.startswith("upload.") else None


def at_point(backend, postgreses, point, action, hit):
    """Reaches a point that kills the program or fails; then it goes on."""
    postgres = postgreses.get() if backend == "postgres" else None
    armed = f"{point}={action}@{hit}"
    if point.startswith("store.migration."):
        return at_first_start(backend, postgres, armed)
    if point.startswith(("erasure.", "backup.")):
        return at_command(backend, postgres, point, armed)
    if point.startswith("speech."):
        return at_engine(backend, postgres, point, armed)
    with House(backend, postgres, sink=point.startswith(("pipeline.deliver.", "sinks."))) as house:
        slow = point == "jobs.heartbeat.before"
        if slow:
            house.audio.go_on.clear()  # a job that runs for longer than leases go without being prolonged
        listens = house.start(armed)
        sender = house.send(CALLS_OF.get(point, CALLS), upload_of(point))
        if action == "kill":
            if listens and not house.wait_killed():
                raise AssertionError(f"{armed} was not reached")
            since = time.monotonic()
            house.audio.go_on.set()
            house.start()
        else:
            harness.wait_until(lambda: house.was_reached(point), 40, f"{armed} to be reached")
            since = time.monotonic()
            house.audio.go_on.set()
        return settle_and_check(house, sender, since)


def at_engine(backend, postgres, point, armed):
    """An uploaded call is heard by a stand-in; the reply that is kept in the end is the only one that was paid."""
    with open_simulator((1,)) as engine, House(backend, postgres, env=speech_env(engine)) as house:
        house.start(armed)
        sender = house.send((), make_call(1)[0])
        if "=kill" in armed:
            if not house.wait_killed():
                raise AssertionError(f"{armed} was not reached")
            since = time.monotonic()
            house.start()
        else:
            harness.wait_until(lambda: house.was_reached(point), 40, f"{armed} to be reached")
            since = time.monotonic()
        took = settle_and_check(house, sender, since)
        lines = house.query("SELECT state, count(*) FROM speech_calls GROUP BY state ORDER BY state")
        assert "paid|1" in lines, lines
        return took


def at_first_start(backend, postgres, armed):
    """The very first start ends at a migration; the next one goes on."""
    with House(backend, postgres, ready=False) as house:
        done = harness.run_program(
            "serve", "--listen", house.server.listen, data=house.server.data,
            env=harness.environment(**{**house.env, "OIDOR_FAILPOINTS": armed}))
        wanted = -signal.SIGKILL if "=kill" in armed else 7
        assert done.returncode == wanted, f"exit {done.returncode}: {done.stderr[-500:]}"
        since = time.monotonic()
        house.make_ready()
        house.start()
        return settle_and_check(house, house.send(), since)


def at_command(backend, postgres, point, armed):
    """A command of the operator ends there; the same command again does what it was for."""
    with House(backend, postgres) as house, tempfile.TemporaryDirectory(prefix="oidor-backup-") as place:
        house.env |= {"OIDOR_SEAL_KEY_FILE": os.path.join(place, "seal.key")}
        house.start()
        sender = house.send()
        took = settle_and_check(house, sender, time.monotonic())
        if point.startswith("erasure."):
            words = ("erase", "--conversation", sender.task_ids[CALLS[0].name], "--yes")
        else:
            words = ("backup", os.path.join(place, "saved"))
        ended = harness.run_program(*words, data=house.server.data, env=harness.environment(
            **{**house.env, "OIDOR_FAILPOINTS": armed}))
        wanted = -signal.SIGKILL if "=kill" in armed else 7
        assert ended.returncode == wanted, f"exit {ended.returncode}: {ended.stderr[-500:]}"
        house.start()
        if point.startswith("backup."):
            again = house.server.cli(*words[:1], words[1] + "-again")
            assert again.returncode == 0, again
            assert not [name for name in os.listdir(place) if name not in ("saved", "saved-again", "seal.key")], place
            house.check(sender)
            return took
        again = house.server.cli(*words)
        assert again.returncode in (0, 4), again
        since = time.monotonic()
        gone = house.audio.bytes_of(CALLS[0].number)
        # A blob whose removal somebody began is theirs for two minutes.
        harness.wait_until(lambda: not house.holds(gone), 150, "the erased recording to be gone", every=0.5)
        names = {item["external_id"] for item in house.server.list_conversations(house.reader)}
        assert names == {call.name for call in CALLS[1:]}, names
        assert house.server.stop() == 0, "a graceful stop"
        return max(took, time.monotonic() - since if point == "erasure.rows.after" else 0)


def leases_lost(backend, postgreses):
    """A worker that does not prolong its lease while it works: another does the job too, and the effect is one."""
    with House(backend, postgreses.get() if backend == "postgres" else None) as house:
        house.start("jobs.heartbeat.before=error:Unavailable;pipeline.fetch.after_blob=delay:13000@1;"
                    "pipeline.transcribe.before_row=delay:13000@1")
        sender = house.send()
        harness.wait_until(lambda: house.was_reached("pipeline.fetch.after_blob"), 30, "the slow worker to begin")
        house.start_worker()
        again = "SELECT count(*) FROM jobs WHERE kind = 'fetch' AND lease > 1"
        harness.wait_until(lambda: house.query(again) != ["0"], 40, "a lease to be lost", every=0.2)
        return settle_and_check(house, sender, time.monotonic())


def two_workers(backend, postgreses):
    """Two processes work on the same jobs, and one of them is killed."""
    with House(backend, postgreses.get() if backend == "postgres" else None) as house:
        house.start()
        workers = [house.start_worker(), house.start_worker()]
        sender = house.send(CALLS + PADDED_CALLS)
        time.sleep(0.7)
        workers[0].kill()

        def replace_worker():
            """Whatever keeps workers alive starts another, which clears away what was half fetched."""
            house.start_worker()
            spool = house.server.data / "spool"
            harness.wait_until(lambda: not any(path.is_file() for path in spool.rglob("*")), 30,
                               "the spool to be cleared")
        return settle_and_check(house, sender, time.monotonic(), replace_worker)


def database_restarted(postgreses, how):
    """PostgreSQL ends, as if the power had gone or in order, and comes back, while events come in. It has its own, for
    others must not notice."""
    own = Postgreses()
    try:
        with House("postgres", own.get()) as house:
            house.start()
            sender = house.send(CALLS + PADDED_CALLS)
            time.sleep(0.4)
            own.get().stop(how)
            time.sleep(1)
            own.get().start()
            return settle_and_check(house, sender, time.monotonic())
    finally:
        own.remove()


def connections_cut(postgreses):
    """Every connection to the database is ended by the server, again and again."""
    postgres = postgreses.get()
    with House("postgres", postgres) as house:
        house.start()
        sender = house.send(CALLS + PADDED_CALLS)
        for _ in range(8):
            time.sleep(0.15)
            postgres.query("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                           f"WHERE datname = '{house.database}'")
        return settle_and_check(house, sender, time.monotonic())


def bucket_away(postgreses):
    """The bucket answers nothing, then 503, then cuts connections, for some seconds each."""
    with House("postgres", postgreses.get(),
               env={"OIDOR_ACCOUNTS_ANURA_DEFAULT_RECORDING_GIVE_UP_AFTER": "120s"}) as house:
        house.start()
        for fault in ({"do": "cut"}, {"do": "status", "status": 503, "code": "SlowDown"}, {"do": "lost"}):
            house.bucket.control("faults", [{"method": "*", "count": 100_000, **fault}])
            if fault["do"] == "cut":
                sender = house.send()
            time.sleep(4)
        house.bucket.control("faults", [])
        return settle_and_check(house, sender, time.monotonic())


def disk_full(_):
    """No file can grow for some seconds: nothing is acknowledged, and all goes on afterwards."""
    with House("sqlite") as house:
        house.server.before_exec = lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        house.start()
        pid = house.server.process.pid
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
        sender = house.send(CALLS + PADDED_CALLS)
        time.sleep(4)
        told = len(sender.events)
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
        assert told == 0, f"{told} calls were acknowledged on a full disk"
        return settle_and_check(house, sender, time.monotonic())


CLOCK_SOURCE = r"""
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>
/* The wall clock, ahead by the seconds that the file of OIDOR_TEST_CLOCK names. */
int clock_gettime(clockid_t clock, struct timespec* now) {
    static int (*real)(clockid_t, struct timespec*);
    if (!real) real = (int (*)(clockid_t, struct timespec*))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    const char* name = getenv("OIDOR_TEST_CLOCK");
    if (clock == CLOCK_REALTIME && name) {
        char text[32] = {0};
        int file = open(name, O_RDONLY | O_CLOEXEC);
        if (file >= 0) {
            if (read(file, text, sizeof text - 1) > 0) now->tv_sec += atol(text);
            close(file);
        }
    }
    return result;
}
"""


def clock_jumps(backend, postgreses, seconds, kill):
    """The wall clock jumps while jobs run and wait; `kill`: the program is killed just before."""
    folder = tempfile.mkdtemp(prefix="oidor-clock-")
    try:
        library, offset = os.path.join(folder, "clock.so"), os.path.join(folder, "offset")
        subprocess.run(["cc", "-shared", "-fPIC", "-O1", "-x", "c", "-", "-o", library, "-ldl"], check=True,
                       input=CLOCK_SOURCE.encode())
        with open(offset, "w", encoding="ascii") as file:
            file.write("0")
        with House(backend, postgreses.get() if backend == "postgres" else None) as house:
            house.env |= {"LD_PRELOAD": library, "OIDOR_TEST_CLOCK": offset,
                          "OIDOR_ACCOUNTS_ANURA_DEFAULT_RECORDING_GIVE_UP_AFTER": "2d"}
            house.audio.go_on.clear()
            house.start()
            sender = house.send()
            harness.wait_until(lambda: house.audio.asked, 20, "a fetch to begin")
            if kill:
                house.server.kill()
            with open(offset, "w", encoding="ascii") as file:
                file.write(str(seconds))
            house.audio.go_on.set()
            since = time.monotonic()
            if kill:
                house.start()
            return settle_and_check(house, sender, since)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def point_runs(postgreses, long):
    runs = []
    for point, takes_error in list_points():
        for backend in BACKENDS:
            if ONLY_ON.get(point, backend) != backend:
                continue
            for hit in (1, *(MORE_HITS.get(point, ()) if long else ())):
                for action in ("kill", *(("error:Unavailable",) if takes_error and hit == 1 else ())):
                    runs.append(Run(f"{backend} {action} {point}@{hit}",
                                    lambda b=backend, p=point, a=action, h=hit: at_point(b, postgreses, p, a, h)))
    return runs


def scene_runs(postgreses):
    runs = [Run("sqlite disk full", lambda: disk_full(postgreses)),
            Run("postgres killed and restarted", lambda: database_restarted(postgreses, signal.SIGQUIT)),
            Run("postgres restarted in order", lambda: database_restarted(postgreses, signal.SIGINT)),
            Run("postgres connections cut", lambda: connections_cut(postgreses)),
            Run("postgres bucket away for seconds", lambda: bucket_away(postgreses))]
    for backend in BACKENDS:
        runs += [Run(f"{backend} leases lost", lambda b=backend: leases_lost(b, postgreses)),
                 Run(f"{backend} two workers, one killed", lambda b=backend: two_workers(b, postgreses))]
        # A bucket refuses signatures that are a quarter of an hour off.
        far, words = (3600, "an hour") if backend == "sqlite" else (600, "ten minutes")
        for name, seconds in ((f"{words} ahead", far), (f"{words} back", -far), ("half a minute back", -30)):
            for kill in (False, True):
                runs.append(Run(f"{backend} clock {name}{', after a kill' if kill else ''}",
                                lambda b=backend, s=seconds, k=kill: clock_jumps(b, postgreses, s, k)))
    return runs


def run_all(runs, at_once, say=print):
    """(passed, failed names). A line for each."""
    lock, failed, took = threading.Lock(), [], []

    def one(run):
        started, fault, recovery = time.monotonic(), None, 0.0
        try:
            recovery = run.go()
        except Exception as error:  # noqa: BLE001 - it is the answer
            fault = error
        with lock:
            seconds = time.monotonic() - started
            say(f"{'FAIL' if fault else 'ok':4} {run.name:58} recovery {recovery:5.1f} s, whole {seconds:5.1f} s")
            if fault:
                failed.append(run.name)
                say("     " + "".join(traceback.format_exception_only(type(fault), fault)).strip()[:3000])
            else:
                took.append(recovery)
    with ThreadPoolExecutor(max_workers=at_once) as pool:
        try:
            list(pool.map(one, runs))
        except BaseException:
            pool.shutdown(cancel_futures=True)  # what runs ends, what waits does not begin
            raise
    if took:
        say(f"slowest recovery: {max(took):.1f} s")
    return len(runs) - len(failed), failed


def power_loss(seeds=None, seed=None, preset="dev"):
    """(passed, failed) seeds of the unit test, which holds SQLite and the blobs to a disk that loses things."""
    env = dict(os.environ)
    env |= {"OIDOR_TEST_POWER_LOSS_SEED": str(seed)} if seed is not None else {
        "OIDOR_TEST_POWER_LOSS_SEEDS": str(seeds)}
    done = subprocess.run([harness.ROOT / f"build/{preset}/oidor_pipeline_test", "--gtest_filter=PowerLoss.*"], env=env,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    text = done.stdout.decode("utf-8", "replace")
    counted = re.search(r"(\d+) passed, (\d+) failed; .* operations", text)
    if done.returncode != 0 or counted is None:
        print(text[-6000:])
    passed, failed = (int(counted.group(1)), int(counted.group(2))) if counted else (0, 1)
    return passed, failed + (1 if done.returncode != 0 and failed == 0 else 0)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kills", nargs="?", type=int, default=100, help="kills under load at the end; 0: none")
    parser.add_argument("--seed", type=int, help="only this seed of the power loss")
    parser.add_argument("--seeds", type=int, default=POWER_LOSS_SEEDS, help="of the power loss; 0: none")
    parser.add_argument("--only", help="only the runs whose name holds this; no power loss, no load")
    parser.add_argument("--at-once", type=int, default=4, help="runs at a time; they mostly wait for leases")
    parser.add_argument("--list", action="store_true", help="names the runs")
    arguments = parser.parse_args()
    if arguments.seed is not None:
        passed, failed = power_loss(seed=arguments.seed)
        print(f"{passed} passed, {failed} failed")
        return 1 if failed else 0
    postgreses = Postgreses()
    runs = point_runs(postgreses, long=True) + scene_runs(postgreses)
    if arguments.only:
        runs = [run for run in runs if arguments.only in run.name]
    if arguments.list:
        print("\n".join(run.name for run in runs))
        return 0
    try:
        passed, failed = run_all(runs, arguments.at_once, lambda text: print(text, flush=True))
    finally:
        postgreses.remove()
    failures = len(failed)
    if not arguments.only and arguments.seeds:
        well, badly = power_loss(seeds=arguments.seeds)
        print(f"{'FAIL' if badly else 'ok':4} power loss: seeds 1 to {arguments.seeds}, {well} passed, {badly} failed")
        passed, failures = passed + well, failures + badly
    if not arguments.only and arguments.kills:
        seed = random.randrange(1_000_000)
        try:
            result = soak(kills=arguments.kills, seed=seed, pause_s=0.05)
            print(f"ok   {arguments.kills} kills under load, seed {seed}: {result}")
            passed += 1
        except AssertionError as fault:
            print(f"FAIL {arguments.kills} kills under load, seed {seed}: {fault}")
            failures += 1
    print(f"{passed} passed, {failures} failed")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
