"""A house for the fault harness: the program on one of both stores, with a few calls of every kind, and the check that
each call is there once, whatever happened meanwhile.

    with House("sqlite") as house:
        house.start("pipeline.fetch.after_blob=kill")
        with house.sending(CALLS) as sender: …
        house.check(sender)"""

import contextlib
import csv
import hashlib
import http.client
import io
import json
import pathlib
import shutil
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
from collections import Counter
from urllib.parse import quote

import harness
from kill_soak import Recordings, end_event, list_all, transcript_of, wav_of
from postgres_case import Postgres
from test_s3 import FakeS3
from test_uploads import multipart

BACKENDS = ("sqlite", "postgres")
RECOVERY_SECONDS = 15
SILENCE_BYTES = 16000
LARGE_BYTES = 9 << 20  # more than one part of an upload to a bucket


class Audio(Recordings):
    """Recordings by number; some are silent (nobody must hear them), one is large, some never come."""

    def __init__(self):
        self.silent, self.large, self.absent = set(), set(), set()
        super().__init__()
        handler = self.server.RequestHandlerClass
        outer = self

        def do_GET(request):
            number = int(request.path.rsplit("/", 1)[-1].removesuffix(".wav"))
            with outer.lock:
                outer.asked[str(number)] += 1
            outer.go_on.wait(60)
            body = outer.bytes_of(number)
            with contextlib.suppress(OSError):
                request.send_response(404 if number in outer.absent else 200)
                request.send_header("Content-Type", "audio/wav")
                request.send_header("Content-Length", "0" if number in outer.absent else str(len(body)))
                request.end_headers()
                if number not in outer.absent:
                    request.wfile.write(body)
        handler.do_GET = do_GET

    def bytes_of(self, number):
        if number in self.large:
            return silent_wav(LARGE_BYTES, number)
        return silent_wav(SILENCE_BYTES, number) if number in self.silent else wav_of(number)


def silent_wav(size, number):
    """Silence of a length of its own for each number."""
    count = size + 2 * number
    header = bytearray(wav_of(0, seconds=0))
    header[4:8] = (36 + count).to_bytes(4, "little")
    header[40:44] = count.to_bytes(4, "little")
    return bytes(header) + bytes(count)


class Call:
    """What is sent of one call, and what must be there in the end."""

    def __init__(self, number, *, starts=False, recorded=False, silent=False, large=False, absent=False, transcript=False,
                 again=False, padding=0):
        self.number, self.starts, self.recorded, self.transcript = number, starts, recorded, transcript
        self.silent, self.large, self.absent, self.again, self.padding = silent, large, absent, again, padding

    @property
    def name(self):
        return f"soak-{self.number}"

    def announce(self, audio):
        for chosen, numbers in ((self.silent or self.large, audio.silent), (self.large, audio.large),
                                (self.absent, audio.absent)):
            if chosen:
                numbers.add(self.number)

    def bodies(self, audio):
        url = audio.url(self.number) if self.recorded or self.absent else None
        more = {"custom2": "x" * self.padding} if self.padding else {}
        bodies = [end_event(self.number, url, **more)]
        if self.starts:
            bodies.insert(0, {"hooktrigger": "START", "cdrid": self.name, "dialtime": "2026-02-10 10:30:00",
                              "calling": "+5491167950079", "called": "300", "accounttags": "campaign_1"})
        if self.again:
            bodies.append(end_event(self.number, url, custom1="again", **more))
        return bodies

    @property
    def states(self):
        if self.transcript:
            return {"audited"}
        return {"not_auditable"} if self.recorded else {"no_recording"}


# Every kind of call that the points need: together they go through every step.
CALLS = (Call(1, starts=True, recorded=True, transcript=True, again=True), Call(2, recorded=True, silent=True),
         Call(3, transcript=True))
LARGE_CALLS = (Call(4, recorded=True, silent=True, large=True),)
ABSENT_CALLS = (Call(5, absent=True), Call(6, transcript=True))
PADDED_CALLS = tuple(Call(number, transcript=True, padding=900_000) for number in range(10, 24))


class Sender(threading.Thread):
    """Sends everything, and each again as the same bytes until it is acknowledged, to wherever the server is."""

    def __init__(self, house, calls, upload):
        super().__init__(name="sender", daemon=True)
        self.house, self.calls, self.upload, self.fault = house, calls, upload, None
        self.task_ids, self.upload_task = {}, None
        self.events = {}  # name -> how many distinct bodies were acknowledged
        self.sent_again = 0

    def run(self):
        try:
            for call in self.calls:
                call.announce(self.house.audio)
                for body in call.bodies(self.house.audio):
                    task = self.until_acknowledged("POST", "/webhook/anura/", json.dumps(body).encode())["task_id"]
                    if self.task_ids.setdefault(call.name, task) != task:
                        raise AssertionError(f"{call.name} was given two task_ids")
                    self.events[call.name] = self.events.get(call.name, 0) + 1
                if call.transcript:
                    self.until_acknowledged("PUT", "/api/v1/transcripts?source=anura&account=default&external_id="
                                            + quote(call.name), json.dumps(transcript_of(call.number)).encode())
            if self.upload is not None:
                content_type, body = multipart({"campaign_id": "1", "operator_id": "300"}, ("a.wav", self.upload))
                self.upload_task = self.until_acknowledged("POST", "/upload", body, content_type, fine=(409,))["task_id"]
        except Exception as fault:  # noqa: BLE001 - it must reach whoever waits
            self.fault = fault

    def until_acknowledged(self, method, path, data, content_type="application/json", fine=()):
        deadline = time.monotonic() + 60 * harness.PATIENCE
        while True:
            try:
                answer = self.house.server.request(method, path, body=data, seconds=20, headers={
                    "Content-Type": content_type, "X-API-Key": self.house.key})
                if 200 <= answer.status < 300 or answer.status in fine:
                    return answer.json()
                if answer.status < 500 and answer.status != 429:
                    raise AssertionError(f"{method} {path}: {answer}")
            except (OSError, http.client.HTTPException, TypeError):
                pass  # TypeError: between two servers there is no address
            self.sent_again += 1
            if time.monotonic() > deadline:
                raise AssertionError(f"{method} {path}: nobody acknowledges")
            time.sleep(0.05)


class House:
    """One data folder (sqlite) or database and bucket (postgres), made ready: campaign, agent, keys."""

    lock, databases = threading.Lock(), 0

    def __init__(self, backend, postgres=None, env=None, ready=True, sink=False):
        self.backend, self.postgres, self.audio, self.bucket = backend, postgres, Audio(), None
        account = "OIDOR_ACCOUNTS_ANURA_DEFAULT_"
        self.env = {account + "PRIVATE_HOSTS": f"127.0.0.1:{self.audio.port}",
                    account + "RECORDING_RETRY_DELAYS": "200ms, 1s", account + "RECORDING_GIVE_UP_AFTER": "3s",
                    "OIDOR_WORKERS_COUNT": "2", **(env or {})}
        self.sink = pathlib.Path(tempfile.mkdtemp(prefix="oidor-sink-")) if sink else None
        if sink:
            self.env |= {"OIDOR_SINKS_FILES_KIND": "files", "OIDOR_SINKS_FILES_FOLDER": self.sink,
                         "OIDOR_SINKS_FILES_BATCH_AGE": "0s"}
        if backend == "postgres":
            with House.lock:
                House.databases += 1
                self.database = f"house_{House.databases}"
                postgres.query(f"CREATE DATABASE {self.database}")
            self.url = postgres.url.removesuffix("/postgres") + f"/{self.database}"
            self.bucket = FakeS3()
            self.env |= {"OIDOR_STORE_URL": self.url, "S3_BUCKET": "recordings", "S3_ENDPOINT": self.bucket.endpoint,
                         "S3_ACCESS_KEY": "test-access", "S3_SECRET_KEY": "test-secret"}
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]  # the same after each start: a PBX knows one address
        self.server = harness.Server(env=self.env, listen=f"127.0.0.1:{port}")
        self.others = []
        self.key = self.reader = None
        if ready:
            self.make_ready()

    def make_ready(self):
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("agents", "set", "300", "--name", "Lucía")):
            done = self.server.cli(*words)
            assert done.returncode == 0, done
        self.key = self.server.create_key("webhook:anura/default", "webhook:file/default")
        self.reader = self.server.create_key("audits:read", "admin")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        for other in self.others:
            if other.poll() is None:
                other.kill()
            other.communicate()
        self.server.remove_data()
        self.audio.close()
        if self.sink:
            shutil.rmtree(self.sink, ignore_errors=True)
        if self.bucket:
            self.bucket.close()

    def start(self, failpoints=None):
        """Starts the server; only it hears of the points, not the commands of the CLI. False: a point killed it before
        it listened."""
        self.server.env = {**self.env, **({"OIDOR_FAILPOINTS": failpoints} if failpoints else {})}
        try:
            self.server.start()
        except AssertionError:
            if failpoints and "=kill" in failpoints and any('"failpoint_reached"' in line for line in self.server.log):
                return False
            raise
        finally:
            self.server.env = self.env
        return True

    def start_worker(self, **more):
        """Another process that only works."""
        worker = subprocess.Popen([harness.PROGRAM, "serve", "--role", "worker", "--data", str(self.server.data)],
                                  cwd=self.server.data, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
                                  stderr=subprocess.DEVNULL, env=harness.environment(**{**self.env, **more}))
        self.others.append(worker)
        return worker

    def send(self, calls=CALLS, upload=None):
        sender = Sender(self, calls, upload)
        sender.start()
        return sender

    def wait_killed(self, seconds=40):
        """True once the server has killed itself; it is gone then."""
        try:
            code = self.server.process.wait(timeout=seconds * harness.PATIENCE)
        except subprocess.TimeoutExpired:
            return False
        self.server.kill()
        if code != -9:
            raise AssertionError(f"the server ended with {code}, not by SIGKILL:\n" + "\n".join(self.server.log[-20:]))
        return True

    def was_reached(self, point):
        return any('"failpoint_reached"' in line and f'"{point}"' in line for line in self.server.log)

    def settle(self, sender, seconds):
        """Waits until everything was sent and no job is left."""
        sender.join(seconds + 60 * harness.PATIENCE)
        if sender.fault is not None:
            raise sender.fault
        assert not sender.is_alive(), "the sender does not end"

        # In one statement: between two requests a running job may be queued again.
        busy = ("SELECT count(*) FROM jobs WHERE state IN ('queued', 'running') "
                "AND kind IN ('map', 'fetch', 'transcribe', 'audit')")
        harness.wait_until(lambda: self.query(busy) == ["0"], seconds, "every job to end", every=0.1)

    def query(self, sql):
        """Rows as texts, parts joined by `|`."""
        if self.backend == "postgres":
            done = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-AtX", self.url, "-c", sql],
                                  stdout=subprocess.PIPE, check=True)
            return done.stdout.decode().splitlines()
        connection = sqlite3.connect(f"file:{self.server.data / 'oidor.db'}?mode=ro", uri=True, timeout=20)
        try:
            return ["|".join(str(value) for value in row) for row in connection.execute(sql)]
        finally:
            connection.close()

    # The check ----------------------------------------------------------------------------------------------
    def check(self, sender):
        """Everything acknowledged is there, once; nothing is left over. AssertionError otherwise."""
        faults = []
        items = {}
        for item in list_all(self.server, "/api/v1/conversations", self.reader):
            name = item["external_id"] if item["source"] == "anura" else item["id"]
            if name in items:
                faults.append(f"{name}: two conversations")
            items[name] = item
        for call in sender.calls:
            faults += self.check_call(call, items.pop(call.name, None), sender)
        if sender.upload is not None:
            upload = items.pop(sender.upload_task, None)
            if upload is None or [row["state"] for row in upload["recordings"]] != ["stored"]:
                faults.append(f"the upload: {upload}")
        faults += [f"{name}: nobody sent it" for name in items]
        faults += self.check_rows() + self.check_blobs() + self.check_sink(sender) + self.check_coverage(sender)
        if faults:
            raise AssertionError("\n  ".join([f"{len(faults)} faults", *faults[:20]]))

    def check_call(self, call, item, sender):
        if item is None:
            return [f"{call.name}: acknowledged and lost"]
        faults = []
        if item["id"] != sender.task_ids[call.name]:
            faults.append("its task_id is not its conversation")
        if item["state"] not in call.states:
            faults.append(f"{item['state']} ({item['reason']}), not {call.states}")
        events = int(self.query(f"SELECT count(*) FROM events WHERE external_id = '{call.name}'")[0])
        if events != sender.events[call.name]:
            faults.append(f"{events} events for {sender.events[call.name]} distinct bodies")
        audits = 0 if call.absent else 1
        if len(item["agents"]) != 1 or len(item["audits"]) != audits:
            faults.append(f"{len(item['agents'])} agents, {len(item['audits'])} audits")
        wanted = [("stored", hashlib.sha256(self.audio.bytes_of(call.number)).hexdigest())] if call.recorded else []
        wanted = [("missing", None)] if call.absent else wanted
        found = [(row["state"], row["sha256"]) for row in item["recordings"]]
        if found != wanted:
            faults.append(f"recordings {found}, wanted {wanted}")
        return [f"{call.name}: {fault}" for fault in faults]

    def check_rows(self):
        faults = []
        for what, sql in (
                ("events of one body", "SELECT external_id, kind, count(*) FROM events GROUP BY source, account, "
                                       "external_id, kind, body_sha256 HAVING count(*) > 1"),
                ("current transcripts", "SELECT count(*) FROM conversation_transcripts WHERE is_current = 1 "
                                        "GROUP BY conversation_id HAVING count(*) > 1"),
                ("current audits", "SELECT count(*) FROM audits WHERE is_current = 1 "
                                   "GROUP BY participation_id, scorecard_id HAVING count(*) > 1"),
                ("audits of one input", "SELECT count(*) FROM audits GROUP BY participation_id, scorecard_id, "
                                        "scorecard_version, input_sha256 HAVING count(*) > 1"),
                ("jobs given up", "SELECT kind, error_code, error_message FROM jobs WHERE state = 'dead' "
                                  "AND NOT (kind = 'fetch' AND error_code = 'NotFound')")):
            faults += [f"{what}: {row}" for row in self.query(sql)]
        if self.backend == "sqlite":
            faults += [f"integrity_check: {row}" for row in self.query("PRAGMA integrity_check") if row != "ok"]
        return faults

    def check_sink(self, sender):
        """What the files say is what the house knows: each audited call's row once, none of another."""
        if self.sink is None:
            return []

        def rows():
            return Counter(row["call_sid"] for path in (self.sink / "call_audits").glob("*.csv")
                           for row in csv.DictReader(io.StringIO(path.read_text("utf-8"), newline="")))
        wanted = Counter(call.name for call in sender.calls if not call.absent)

        def left_over():
            return [path.name for path in self.sink.rglob(".oidor-*")]
        with contextlib.suppress(AssertionError):
            harness.wait_until(lambda: rows() == wanted and not left_over(), RECOVERY_SECONDS, "the sink")
        found = rows()
        left = [f"left in the sink: {name}" for name in left_over()]
        return left + ([] if found == wanted else [f"the sink has {dict(found)}, wanted {dict(wanted)}"])

    def check_coverage(self, sender):
        """The ledger has counted every call, and its figures agree with each other."""
        done = self.server.cli("coverage", "--day", "2026-02-10", "--json")
        if done.returncode != 0:
            return [f"coverage: exit {done.returncode}: {done.stderr[-300:]}"]
        cells = [cell for cell in harness.json_lines(done.stdout) if cell.get("source") == "anura"]
        if len(cells) != 1:
            return [f"coverage: {len(cells)} cells"]
        cell, faults = cells[0], []
        wanted = {"received": len(sender.calls), "fetched": sum(call.recorded for call in sender.calls),
                  "audited": sum("audited" in call.states for call in sender.calls)}
        for figure, count in wanted.items():
            if cell[figure] != count:
                faults.append(f"coverage: {figure} {cell[figure]}, wanted {count}")
        if not cell["consistent"]:
            faults.append(f"coverage: {cell['contradictions']}")
        return faults

    def check_blobs(self):
        hashes = "encode(sha256, 'hex')" if self.backend == "postgres" else "lower(hex(sha256))"
        named = set(self.query(f"SELECT DISTINCT {hashes} FROM recordings WHERE state = 'stored'"))
        if self.bucket:
            state = self.bucket.control("state")
            found = {key.rsplit("/", 1)[-1] for key in state["objects"] if "probe" not in key}
            left = [] if self.unfinished_uploads_end() else [f"unfinished uploads: {state['uploads']}"]
            left += [f"left in the spool: {path.name}" for path in (self.server.data / "spool").rglob("*")
                     if path.is_file()]
        else:
            folder = self.server.data / "blobs"
            found = {path.name for path in folder.rglob("*") if path.is_file() and path.parent.name != "tmp"}
            left = [f"left over: {path.name}" for path in (folder / "tmp").iterdir()]
        return left + [f"a row names {name[:8]}, which is not there" for name in named - found] + [
            f"{name[:8]} is there and no row names it" for name in found - named]

    def holds(self, audio):
        """Whether these bytes are among the blobs."""
        name = hashlib.sha256(audio).hexdigest()
        if self.bucket:
            return any(key.endswith(name) for key in self.bucket.control("state")["objects"])
        return (self.server.data / "blobs" / name[:2] / name[2:4] / name).exists()

    def unfinished_uploads_end(self):
        """What a killed program began stays for a day; then `oidor doctor` ends it."""
        if not self.bucket.control("state")["uploads"]:
            return True
        self.bucket.control("age", {"hours": 25})
        self.server.cli("doctor")
        return not self.bucket.control("state")["uploads"]


class Postgreses:
    """One PostgreSQL for all houses, made when the first one asks."""

    def __init__(self):
        self.lock, self.postgres = threading.Lock(), None

    def get(self):
        with self.lock:
            if self.postgres is None:
                self.postgres = Postgres().start()
            return self.postgres

    def remove(self):
        if self.postgres is not None:
            self.postgres.remove()


def list_points():
    """[(name, takes an error)] of the program's own list."""
    page = harness.run_program("reference", "failpoints").stdout.decode()
    rows = [line.split("|") for line in page.splitlines() if line.startswith("| `")]
    return [(row[1].strip().strip("`"), "error" in row[3]) for row in rows]
