#!/usr/bin/env python3
"""A stand-in for Net2phone: sends signed call events to a webhook, and serves the recordings behind them.

A recording's address ends in `:generate-audio-download-link`: asked with the API key it answers with a link, and
the link, without the key, gives the audio. No client of Net2phone's own exists to try this with: unconfirmed.

Examples:
  NET2PHONE_SECRET=... NET2PHONE_API_KEY=... simulator.py --url http://127.0.0.1:8080 --calls 3
  simulator.py --url http://127.0.0.1:8080 --shuffle --repeat --stay
  simulator.py --check                      say what would be sent, send nothing

As a module:
  with Simulator(api_key="…") as sim:       # serves the recordings from here on
      status, answer = sim.send(target, sim.events_of("call-1")[0])
"""

import argparse
import datetime
import hashlib
import hmac
import json
import os
import random
import struct
import sys
import threading
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

MARKER = ":generate-audio-download-link"
SIGNATURE, TIMESTAMP = "x-net2phone-signature", "x-net2phone-timestamp"


def wav_of(seconds, rate=8000):
    """A tone that a decoder reads: mono, 16 bits."""
    samples = b"".join(struct.pack("<h", 6000 if (i // 40) % 2 else -6000) for i in range(seconds * rate))
    return (b"RIFF" + struct.pack("<I", 36 + len(samples)) + b"WAVEfmt " +
            struct.pack("<IHHIIHH", 16, 1, 1, rate, 2 * rate, 2, 16) + b"data" + struct.pack("<I", len(samples)) + samples)


def now_text(offset=datetime.timedelta()):
    """As the provider writes it: seven digits of a second."""
    moment = datetime.datetime.now(datetime.timezone.utc) + offset
    return moment.strftime("%Y-%m-%dT%H:%M:%S.%f") + "0Z"


def sign(secret, timestamp, body):
    return hmac.new(secret.encode(), timestamp.encode() + b":" + body, hashlib.sha256).hexdigest()


@dataclass
class Target:
    url: str
    secret: str
    account: str = ""

    @property
    def webhook(self):
        return self.url.rstrip("/") + "/webhook/net2phone/" + (self.account + "/" if self.account else "")


@dataclass
class Simulator:
    """Serves recordings on `port` while it is open; `asked` counts requests by what they asked for."""
    api_key: str = "simulated-api-key"
    port: int = 0
    seconds: int = 5
    asked: list = field(default_factory=list)

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                outer.asked.append((self.path, self.headers.get("X-API-Key")))
                if self.path.endswith(MARKER):
                    if self.headers.get("X-API-Key") != outer.api_key:
                        return self.answer(401, "application/json", b'{"message":"Unauthorized"}')
                    link = {"url": f"{outer.url}/audio/{self.path.split('/')[-1].removesuffix(MARKER)}.wav?signature=1"}
                    return self.answer(200, "application/json", json.dumps(link).encode())
                if self.path.startswith("/audio/"):
                    return self.answer(200, "audio/wav", wav_of(outer.seconds))
                return self.answer(404, "application/json", b'{"message":"Not Found"}')

            def answer(self, status, media_type, body):
                self.send_response(status)
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def events_of(self, call_id, account_id=300, answered=True):
        """The events of one call in the order in which they happen."""
        start = datetime.datetime(2026, 2, 10, 13, 30, tzinfo=datetime.timezone.utc)
        user = {"id": 7, "name": "Lucía Ferreyra", "account_id": account_id, "email": "lucia@example.com"}

        def event(name, second, **more):
            moment = start + datetime.timedelta(seconds=second)
            return {"event": name, "id": f"{call_id}-{name}", "timestamp": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
                    "call_id": call_id, "direction": "inbound", "originating_number": "+5491155550101",
                    "dialed_number": "+541155550300", "call_source": "queue", **more}

        if not answered:
            return [event("call_ringing", 0), event("call_missed", 30, duration=0)]
        return [event("call_ringing", 0), event("call_answered", 8, user=user),
                event("call_completed", 8 + self.seconds, user=user, duration=self.seconds),
                event("call_recorded", 60, user=user, duration=self.seconds,
                      recording_url=f"{self.url}/call-recordings/{call_id}{MARKER}")]

    def send(self, target, event, timestamp=None, signature=None):
        """(status, body) of one signed delivery; a timestamp or signature that is given is sent as it is."""
        body = json.dumps(event, ensure_ascii=False).encode()
        timestamp = now_text() if timestamp is None else timestamp
        headers = {"Content-Type": "application/json", TIMESTAMP: timestamp,
                   SIGNATURE: sign(target.secret, timestamp, body) if signature is None else signature}
        request = urllib.request.Request(target.webhook, body, {k: v for k, v in headers.items() if v})
        try:
            with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            with error:
                return error.code, error.read()

    def play(self, target, calls, shuffle=False, repeat=False, seed=1):
        """Sends the events of so many calls, every third of them missed; counts what was acknowledged."""
        events = [event for n in range(1, calls + 1) for event in self.events_of(f"sim-{n}", answered=n % 3 != 0)]
        if repeat:
            events += events
        if shuffle:
            random.Random(seed).shuffle(events)
        statuses = [self.send(target, event)[0] for event in events]
        return {"calls": calls, "events": len(events), "acknowledged": statuses.count(200)}


def make_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where oidor listens (%(default)s)")
    parser.add_argument("--secret-env", default="NET2PHONE_SECRET", metavar="NAME",
                        help="the variable that holds the signing secret (%(default)s)")
    parser.add_argument("--api-key-env", default="NET2PHONE_API_KEY", metavar="NAME",
                        help="the variable that holds the key of the recordings (%(default)s)")
    parser.add_argument("--account", default="", help="the account of the webhook")
    parser.add_argument("--calls", type=int, default=3, help="how many (%(default)s)")
    parser.add_argument("--shuffle", action="store_true", help="events in any order")
    parser.add_argument("--repeat", action="store_true", help="each event twice")
    parser.add_argument("--port", type=int, default=0, help="of the recordings; 0: any (%(default)s)")
    parser.add_argument("--stay", action="store_true", help="go on serving recordings until interrupted")
    parser.add_argument("--check", action="store_true", help="only say what would be sent")
    return parser


def main(argv=None):
    arguments = make_parser().parse_args(argv)
    secret = os.environ.get(arguments.secret_env, "").strip()
    if not secret and not arguments.check:
        print(f"simulator: no secret: set {arguments.secret_env}", file=sys.stderr)
        return 2
    with Simulator(os.environ.get(arguments.api_key_env, "simulated-api-key"), arguments.port) as sim:
        if arguments.check:
            for event in sim.events_of("sim-1"):
                print(json.dumps(event, ensure_ascii=False))
            return 0
        print(f"recordings at {sim.url}", file=sys.stderr, flush=True)
        try:
            summary = sim.play(Target(arguments.url, secret, arguments.account), arguments.calls, arguments.shuffle,
                               arguments.repeat)
        except OSError as error:
            print(f"simulator: {error}", file=sys.stderr)
            return 2
        print(json.dumps(summary), flush=True)
        if arguments.stay:
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                pass
    return 0 if summary["acknowledged"] == summary["events"] else 1


if __name__ == "__main__":
    sys.exit(main())
