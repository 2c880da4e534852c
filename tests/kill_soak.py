#!/usr/bin/env python3
"""The server takes events while it is killed without a warning, again and again. Whatever it has acknowledged must
end audited, once: one conversation, one audit per participation, one recording, one event per distinct body.

Examples:
  python3 tests/kill_soak.py --kills 100
  python3 tests/kill_soak.py --minutes 10 --seed 7

As a module:
  result = soak(kills=6, seconds_max=40)       # raises AssertionError when something is lost or doubled"""

import argparse
import contextlib
import hashlib
import http.client
import json
import math
import random
import struct
import sys
import threading
import time
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import quote

import harness

SETTLE_SECONDS = 90
BUSY = ("queued", "running")


def wav_of(number, seconds=1.0, rate=8000):
    """A recording of its own for each number: a sound that glides, as a voice does."""
    step = 0.2 + (number % 997) / 1000
    samples = b"".join(struct.pack("<h", int(8000 * math.sin(index * step + 40 * math.sin(index * 0.0024))))
                       for index in range(int(seconds * rate)))
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, 1, 1, rate, rate * 2, 2,
                       16, b"data", len(samples)) + samples


class Recordings:
    """Serves /NUMBER.wav; counts what it was asked. `hold` makes every answer wait until it is cleared."""

    def __init__(self):
        self.asked, self.lock = Counter(), threading.Lock()
        self.go_on = threading.Event()
        self.go_on.set()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                name = self.path.rsplit("/", 1)[-1].removesuffix(".wav")
                with outer.lock:
                    outer.asked[name] += 1
                outer.go_on.wait(60)
                body = wav_of(int(name))
                with contextlib.suppress(OSError):
                    self.send_response(200)
                    self.send_header("Content-Type", "audio/wav")
                    self.send_header("Content-Length", str(len(body)))
                    self.end_headers()
                    self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def url(self, number):
        return f"http://127.0.0.1:{self.port}/{number}.wav"

    def close(self):
        self.go_on.set()
        self.server.shutdown()
        self.server.server_close()


def server_env(recordings):
    account = "OIDOR_ACCOUNTS_ANURA_DEFAULT_"
    return {account + "PRIVATE_HOSTS": f"127.0.0.1:{recordings.port}",
            account + "RECORDING_RETRY_DELAYS": "200ms, 1s", account + "RECORDING_GIVE_UP_AFTER": "60s"}


def end_event(number, recording_url=None, **more):
    return {"hooktrigger": "END", "cdrid": f"soak-{number}", "dialtime": "2026-02-10 10:30:00", "direction": "inbound",
            "calling": "+5491167950079", "called": "300", "status": "ANSWER", "duration": "310", "billseconds": "300",
            "wasrecorded": "true" if recording_url else "false", "audio_file_wav": recording_url or "",
            "accounttags": "campaign_1", "queueagentname": "Lucía", "queueagentextension": "300", **more}


def transcript_of(number):
    return {"language": "es", "duration_s": 300, "segments": [
        {"start_ms": 0, "end_ms": 1900, "speaker": "agent", "text": "Buenos días, le habla Lucía."},
        {"start_ms": 2000, "end_ms": 3000, "speaker": "customer", "text": f"Llamo por el pedido {number}."},
        {"start_ms": 290000, "end_ms": 291000, "speaker": "agent", "text": "Hasta luego."}]}


class Sender(threading.Thread):
    """Posts calls and notes what was acknowledged. What was not is sent again, as the same bytes, until it is."""

    def __init__(self, server, recordings, key, randomness, pause_s=0.01):
        super().__init__(name="sender", daemon=True)
        self.server, self.recordings, self.key, self.pause_s = server, recordings, key, pause_s
        self.random = randomness
        self.acknowledged = {}  # number -> how many distinct bodies were acknowledged
        self.recorded = set()
        self.task_ids = {}
        self.resent = self.refused = 0
        self.fault = None
        self.ending = threading.Event()

    def run(self):
        number = 0
        try:
            while not self.ending.is_set():
                number += 1
                self.send_call(number)
                time.sleep(self.pause_s)
        except Exception as fault:  # noqa: BLE001 - it must reach whoever waits
            self.fault = fault

    def send_call(self, number):
        url = self.recordings.url(number) if number % 3 != 0 else None
        bodies = [end_event(number, url)]
        if number % 5 == 0:
            bodies.insert(0, {"hooktrigger": "START", "cdrid": f"soak-{number}", "dialtime": "2026-02-10 10:30:00",
                              "calling": "+5491167950079", "called": "300", "accounttags": "campaign_1"})
        if number % 7 == 0:
            bodies.append(end_event(number, url, custom1="again"))
        transcript_first = number % 2 == 0
        if transcript_first:
            self.put_transcript(number)
        if url:
            self.recorded.add(number)
        for body in bodies:
            data = json.dumps(body).encode()
            self.post(number, data)
            if self.random.random() < 0.2:  # the PBX did not hear our answer
                self.post(number, data)
        if not transcript_first:
            self.put_transcript(number)
        self.acknowledged[number] = len(bodies)

    def post(self, number, data):
        answer = self.until_acknowledged("POST", "/webhook/anura/", data)
        task_id = answer.json()["task_id"]
        if self.task_ids.setdefault(number, task_id) != task_id:
            raise AssertionError(f"call {number} was given two task_ids")

    def put_transcript(self, number):
        self.until_acknowledged("PUT", "/api/v1/transcripts?source=anura&account=default&external_id="
                                + quote(f"soak-{number}"), json.dumps(transcript_of(number)).encode())

    def until_acknowledged(self, method, path, data):
        deadline = time.monotonic() + 60 * harness.PATIENCE
        while True:
            try:
                answer = self.server.request(method, path, body=data, seconds=10, headers={
                    "Content-Type": "application/json", "X-API-Key": self.key})
                if 200 <= answer.status < 300:
                    return answer
                if answer.status < 500 and answer.status != 429:
                    raise AssertionError(f"{method} {path}: {answer}")
                self.refused += 1
            except (OSError, http.client.HTTPException):
                self.resent += 1
            if time.monotonic() > deadline:
                raise AssertionError(f"{method} {path}: nobody acknowledges")
            time.sleep(0.02)


def unfinished(server, admin):
    """How many jobs are queued or running. Between two questions a job can go from one state to the other and be in
    neither answer, so a nought is believed when one pass over all jobs, the oldest first, finds none: what a finished
    job left to do comes after it."""
    busy = sum(len(server.get(f"/api/v1/jobs?limit=500&state={state}", key=admin).json()["items"]) for state in BUSY)
    return busy or sum(item["state"] in BUSY for item in list_all(server, "/api/v1/jobs", admin))


def list_all(server, path, key):
    """Every item of a list of the API."""
    found, after = [], None
    while True:
        page = server.get(f"{path}?limit=200" + (f"&after={quote(after)}" if after else ""), key=key)
        if page.status != 200:
            raise AssertionError(f"{path}: {page}")
        found += page.json()["items"]
        after = page.json()["next"]
        if not after:
            return found


def check(server, reader, sender):
    """Everything acknowledged is there, once. Returns the number of calls."""
    faults = []
    conversations = {}
    for item in list_all(server, "/api/v1/conversations", reader):
        if item["external_id"] in conversations:
            faults.append(f"{item['external_id']}: two conversations")
        conversations[item["external_id"]] = item
    events = Counter(event["external_id"] for event in list_all(server, "/api/v1/events", reader)
                     if event["kind"] in ("START", "END"))
    for number, bodies in sender.acknowledged.items():
        name = f"soak-{number}"
        item = conversations.get(name)
        if item is None:
            faults.append(f"{name}: acknowledged and lost")
            continue
        if item["id"] != sender.task_ids[number]:
            faults.append(f"{name}: its task_id is not its conversation")
        if item["state"] != "audited":
            faults.append(f"{name}: {item['state']} ({item['reason']}), not audited")
        if len(item["agents"]) != 1 or len(item["audits"]) != 1:
            faults.append(f"{name}: {len(item['agents'])} agents, {len(item['audits'])} audits")
        if events[name] != bodies:
            faults.append(f"{name}: {events[name]} events for {bodies} distinct bodies")
        wanted = [hashlib.sha256(wav_of(number)).hexdigest()] if number in sender.recorded else []
        stored = [recording["sha256"] for recording in item["recordings"]]
        if stored != wanted or any(recording["state"] != "stored" for recording in item["recordings"]):
            faults.append(f"{name}: recordings {[(row['state'], row['reason']) for row in item['recordings']]}, "
                          f"wanted {len(wanted)} stored")
    dead = list_all(server, "/api/v1/jobs", reader)
    faults += [f"job {job['kind']} {job['key']}: {job['state']} {job['error']}" for job in dead
               if job["state"] == "dead"]
    if faults:
        raise AssertionError(f"{len(faults)} faults after {len(sender.acknowledged)} calls:\n  "
                             + "\n  ".join(faults[:20]))
    return len(sender.acknowledged)


def soak(kills=None, seconds_max=None, seed=1, say=lambda text: None, alive_s=(0.3, 3.0), pause_s=0.01):
    """Kills the server `kills` times or until `seconds_max` are over; then lets it finish, and checks."""
    randomness = random.Random(seed)
    recordings = Recordings()
    server = harness.Server(env=server_env(recordings))
    started = time.monotonic()
    try:
        server.start()
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("agents", "set", "300", "--name", "Lucía")):
            done = server.cli(*words)
            assert done.returncode == 0, done
        sender = Sender(server, recordings, server.create_key("webhook:anura/default"), random.Random(seed + 1),
                        pause_s)
        reader = server.create_key("audits:read", "admin")
        sender.start()
        killed = 0
        while ((kills is None or killed < kills) and sender.fault is None
               and (seconds_max is None or time.monotonic() - started < seconds_max)):
            time.sleep(randomness.uniform(*alive_s))
            server.kill()
            killed += 1
            server.start()
            say(f"{killed} kills, {len(sender.acknowledged)} calls, {sender.resent} sent again")
        time.sleep(0.5)
        sender.ending.set()
        sender.join(90 * harness.PATIENCE)
        if sender.fault is not None:
            raise sender.fault
        assert not sender.is_alive(), "the sender does not end"
        seconds = SETTLE_SECONDS + len(sender.acknowledged) / 10
        harness.wait_until(lambda: unfinished(server, reader) == 0, seconds, "every job to end", every=0.2)
        calls = check(server, reader, sender)
        assert server.stop() == 0, "a graceful stop"
        return {"kills": killed, "calls": calls, "sent_again": sender.resent, "answered_5xx": sender.refused,
                "recordings": len(sender.recorded), "seconds": round(time.monotonic() - started, 1)}
    finally:
        server.remove_data()
        recordings.close()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--kills", type=int, help="how often to kill it")
    parser.add_argument("--minutes", type=float, help="how long to go on")
    parser.add_argument("--seed", type=int, default=int(time.time()))
    arguments = parser.parse_args()
    if arguments.kills is None and arguments.minutes is None:
        arguments.kills = 100
    print(f"seed {arguments.seed}", file=sys.stderr)
    seconds = None if arguments.minutes is None else arguments.minutes * 60
    result = soak(arguments.kills, seconds, arguments.seed, lambda text: print(text, file=sys.stderr, flush=True),
                  pause_s=0.05)
    print(json.dumps({"seed": arguments.seed, **result}))


if __name__ == "__main__":
    main()
