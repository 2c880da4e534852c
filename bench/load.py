"""The parts of `./dev bench` that start a server and put it under load: oidor's intake beside Flask, cold start,
idle memory. Each returns a dict of numbers; what does not add up raises Failed."""

import contextlib
import http.client
import json
import os
import pathlib
import re
import shutil
import socket
import sqlite3
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent
sys.path.insert(0, str(ROOT / "tests"))

import harness  # noqa: E402
from postgres_case import Postgres  # noqa: E402

CONNECTIONS = 64
WRK_THREADS = 2
WEBHOOK = "/webhook/anura"


class Failed(Exception):
    """A figure could not be taken, or the numbers contradict each other."""


def check_folder(path):
    """A figure of durability means nothing in memory: the folder must lie on a disk."""
    mounts = [line.split()[:3] for line in pathlib.Path("/proc/mounts").read_text("utf-8").splitlines()]
    above = [(len(point), kind) for _, point, kind in mounts if path.is_relative_to(point)]
    kind = max(above)[1] if above else "unknown"
    if kind in ("tmpfs", "ramfs", "devtmpfs"):
        raise Failed(f"{path} is in memory ({kind}); name a folder on a disk with --folder")
    return kind


def fresh(folder, name):
    path = folder / name
    shutil.rmtree(path, ignore_errors=True)
    path.mkdir(parents=True)
    return path


def run_wrk(address, key, run, seconds):
    """wrk against the webhook; its own summary as a dict."""
    command = ["wrk", f"-t{WRK_THREADS}", f"-c{CONNECTIONS}", f"-d{seconds}s", "--timeout", "10s", "-s",
               str(HERE / "webhook.lua"), f"http://{address[0]}:{address[1]}{WEBHOOK}", "--", key, run]
    done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=seconds + 60, check=False)
    lines = [line for line in done.stdout.decode("utf-8", "replace").splitlines() if line.startswith("{")]
    if done.returncode != 0 or not lines:
        raise Failed(f"wrk: exit {done.returncode}: {done.stderr.decode('utf-8', 'replace')[-300:]}")
    return json.loads(lines[-1])


def summarise(said, stored):
    """Rates of what was acknowledged. wrk hangs up with up to one request a connection under way: those may be
    stored without being counted, never the other way round."""
    acknowledged = said["requests"] - said["not_ok"]
    if not acknowledged <= stored <= acknowledged + CONNECTIONS:
        raise Failed(f"{acknowledged} events were acknowledged, {stored} are stored")
    return {"per_s": acknowledged / said["seconds"], "p50_ms": said["p50_ms"], "p99_ms": said["p99_ms"],
            "max_ms": said["max_ms"], "acknowledged": acknowledged, "stored": stored, "not_200": said["not_ok"],
            "socket_errors": said["socket_errors"] + said["timeouts"]}


@contextlib.contextmanager
def postgres(folder):
    """A server on the disk to be measured, with its usual settings."""
    server = Postgres(parent=folder)
    try:
        yield server.start()
    finally:
        server.remove()


COUNT_EVENTS = "SELECT count(*), count(DISTINCT external_id) FROM events"


def count_events(path):
    """Read-only, so that the counting cannot repair anything."""
    store = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    try:
        return store.execute(COUNT_EVENTS).fetchone()
    finally:
        store.close()


def metric(server, name):
    """The sum of a counter over its labels."""
    text = server.get("/metrics").text
    return int(sum(float(value) for value in re.findall(rf"^{name}(?:{{[^}}]*}})? (\S+)$", text, re.MULTILINE)))


def intake(program, folder, role, seconds, on_postgres=False):
    """`oidor serve` on a fresh folder under wrk; the store is counted afterwards."""
    if not on_postgres:
        return load_intake(program, folder, role, seconds, {}, lambda data: count_events(data / "oidor.db"))
    with postgres(folder) as database:
        return load_intake(program, folder, role, seconds, {"OIDOR_STORE_URL": database.url},
                           lambda _: tuple(map(int, database.query(COUNT_EVENTS)[0].split("|"))), database.process.pid)


def load_intake(program, folder, role, seconds, env, count, database=None):
    """`database`: the process of the database's server, whose processor time is told too."""
    data = fresh(folder, f"intake-{role}")
    server = harness.Server(data=data, program=program, arguments=["--role", role], env=env)
    with server:
        key = server.create_key("webhook:anura/default", name="bench")
        run_wrk(server.address, key, "warm", 1)
        warm = harness.wait_until(lambda: settled(server), 20, "the warm-up to end")
        before = processor_seconds(server.process.pid)
        database_before = family_seconds(database)
        said = run_wrk(server.address, key, "run", seconds)
        kept = harness.wait_until(lambda: settled(server), 20, "the last commits") - warm
        busy = processor_seconds(server.process.pid) - before
        database_busy = family_seconds(database) - database_before
        memory = resident_mb(server.process.pid)
    rows, calls = count(data)
    if rows != calls or rows - warm != kept:
        raise Failed(f"{rows} events of {calls} calls are stored, {warm + kept} were counted as kept")
    shutil.rmtree(data)
    # Processor time a request hardly feels other programs: it tells a slow machine from a slow server.
    return {**summarise(said, kept), "memory_mb": memory, "cpu_us": busy * 1e6 / max(kept, 1),
            "database_cpu_us": database_busy * 1e6 / max(kept, 1)}


def settled(server):
    """The count of kept events once it stands still."""
    before = metric(server, "pipeline_events_kept_total")
    time.sleep(0.2)
    return before if metric(server, "pipeline_events_kept_total") == before else 0


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def flask_command(address):
    """Flask's guide names waitress and gunicorn; the one that is there. Their usual settings, threads raised."""
    if shutil.which("waitress-serve"):
        return "waitress, 8 threads", ["waitress-serve", "--listen", address, "--threads", "8", "flask_baseline:app"]
    if shutil.which("gunicorn"):
        return "gunicorn, 5 workers of 4 threads", ["gunicorn", "-b", address, "-w", "5", "--threads", "4",
                                                    "flask_baseline:app"]
    port = address.rpartition(":")[2]
    return "flask's own threaded server (no production server is installed)", [
        "/usr/bin/python3", "-c", f"import flask_baseline as f; f.app.run(port={port}, threaded=True)"]


def answers(address, path="/healthz"):
    connection = http.client.HTTPConnection(*address, timeout=5)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()


def flask(folder, seconds):
    """Flask + SQLite under the same script."""
    data = fresh(folder, "flask")
    address = ("127.0.0.1", free_port())
    _, command = flask_command(f"{address[0]}:{address[1]}")
    environment = harness.environment(OIDOR_BENCH_STORE=data / "events.db", OIDOR_BENCH_KEY="a-key-of-the-bench",
                                      PYTHONPATH=HERE, PYTHONDONTWRITEBYTECODE=1)
    server = subprocess.Popen(command, cwd=HERE, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        harness.wait_until(lambda: server.poll() is not None or answers(address), 30, "flask")
        if server.poll() is not None:
            raise Failed(f"{command[0]} ended with {server.returncode}; is python3-flask installed?")
        said = run_wrk(address, "a-key-of-the-bench", "run", seconds)
    finally:
        server.terminate()
        server.wait(30)
    rows, _ = count_events(data / "events.db")
    shutil.rmtree(data)
    return summarise(said, rows)


def processor_seconds(pid):
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text("utf-8").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def family_seconds(pid):
    """Of a process and its children, those that have ended included; 0 without one."""
    if pid is None:
        return 0
    total = 0
    for path in pathlib.Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):
            head, _, tail = path.read_text("utf-8").rpartition(")")
            fields = tail.split()
            if int(head.split()[0]) == pid:
                total += sum(map(int, fields[11:15]))
            elif int(fields[1]) == pid:
                total += sum(map(int, fields[11:13]))
    return total / os.sysconf("SC_CLK_TCK")


def resident_mb(pid):
    text = pathlib.Path(f"/proc/{pid}/status").read_text("utf-8")
    return int(re.search(r"^VmRSS:\s+(\d+) kB", text, re.MULTILINE).group(1)) / 1024


def drop_caches():
    """False where this user may not."""
    os.sync()
    try:
        pathlib.Path("/proc/sys/vm/drop_caches").write_text("3\n", "ascii")
    except OSError:
        return False
    return True


def start_ms(program, data):
    """From the start of the process to the first 200 of /healthz, on a data folder that exists."""
    port = free_port()
    command = [program, "serve", "--data", str(data), "--listen", f"127.0.0.1:{port}"]
    begun = time.monotonic()
    server = subprocess.Popen(command, cwd=data, env=harness.environment(), stdin=subprocess.DEVNULL,
                              stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        while not answers(("127.0.0.1", port)):
            if server.poll() is not None or time.monotonic() - begun > 60:
                raise Failed(f"oidor serve did not start (exit {server.poll()})")
            time.sleep(0.001)
        return (time.monotonic() - begun) * 1000
    finally:
        server.terminate()
        server.wait(30)


def process(program, folder, cold):
    """Start, idle memory after 5 s, size. `cold`: also with dropped caches, which slows the whole machine."""
    data = fresh(folder, "start")
    start_ms(program, data)
    found = {"warm_ms": start_ms(program, data)}
    if cold and drop_caches():
        found["cold_ms"] = start_ms(program, data)
    with harness.Server(data=data, program=program) as server:
        time.sleep(5)
        found["idle_mb"] = resident_mb(server.process.pid)
    shutil.rmtree(data)
    sizes = [pathlib.Path(program).parent / name for name in ("oidor", "oidor-decode", "oidor-pocketsphinx")]
    found["size_mb"] = sum(path.stat().st_size for path in sizes) / 2**20
    return found
