#!/usr/bin/env python3
"""A stand-in for an Anura cloud PBX: plays a day of calls.

It posts the events of a day file to a webhook, serves the recordings, and puts the transcripts that
the day brings along. What it does is confirmed by no client of Anura's own (there is none): unconfirmed.

Examples:
  OIDOR_KEY=... simulator.py --key-env OIDOR_KEY --url http://127.0.0.1:8080
  simulator.py --key-file key.txt --url http://127.0.0.1:8080 --key-style bearer --stay
  simulator.py --check                          read the day file, say what is in it, send nothing

As a module:
  with Simulator(load_day(DAY)) as pbx:         # serves the recordings from here on, on pbx.port
      summary = pbx.play(Target(url="http://127.0.0.1:8080", key=key))
"""

import argparse
import json
import os
import struct
import sys
import threading
import time
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

HERE = Path(__file__).resolve().parent
DAY = HERE / "day.json"
RECORDINGS = HERE.parents[2] / "tests" / "recordings"

# What the README recommends for the panel, in its order.
TEMPLATE = (
    "hooktrigger hookid hookname cdrid dialtime direction calling called status duration billseconds price "
    "wasrecorded audio_file_mp3 audio_file_wav answerextension accountextension accounttags queuename "
    "queuewaittime queuetalktime queueagentname queueagentextension tenantid accountid accountname "
    "custom1 custom2 custom3 custom4 custom5 custom6").split()
# The variables that the vendor's own sample template leaves without quotes.
UNQUOTED = {"hookid", "duration", "billseconds", "price", "wasrecorded", "tenantid", "accountid"}
# What is not known before the call has ended.
LATE = {"duration", "billseconds", "price", "status", "wasrecorded", "audio_file_mp3", "audio_file_wav",
        "queuetalktime"}
# Who answers is not known before someone answers.
ANSWERED = {"queueagentname", "queueagentextension", "answerextension", "queuewaittime"}
FAULTS = ("late", "missing", "html", "slow", "cut")
KEY_STYLES = {
    "x-api-key": lambda key: {"X-API-Key": key},
    "bearer": lambda key: {"Authorization": f"Bearer {key}"},
    "authorization": lambda key: {"Authorization": key},
    "authorization-x-api-key": lambda key: {"Authorization": f"X-API-Key: {key}"},
}
RETRIED = {408, 425, 429, 500, 502, 503, 504}


class DayError(ValueError):
    """The day file breaks a rule; the message says where."""


def load_day(path):
    """Reads a day file and the transcripts beside it; raises DayError."""
    path = Path(path)
    try:
        day = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DayError(f"{path}: {error}") from error
    seen = set()
    for call in day.get("calls", []):
        cdrid = call.get("vars", {}).get("cdrid")
        where = f"{path}: call {cdrid}"
        if not cdrid or cdrid in seen:
            raise DayError(f"{where}: each call has a cdrid of its own")
        seen.add(cdrid)
        if not call.get("send"):
            raise DayError(f"{where}: nothing to send")
        fault = call.get("recording", {}).get("fault", {"kind": "late"})
        if fault.get("kind") not in FAULTS:
            raise DayError(f"{where}: a fault is one of {', '.join(FAULTS)}")
        if "transcript" in call:
            try:
                call["transcript_json"] = json.loads((path.parent / call["transcript"]).read_text("utf-8"))
            except (OSError, ValueError) as error:
                raise DayError(f"{where}: {error}") from error
    if not seen:
        raise DayError(f"{path}: no calls")
    return day


def silent_wav(seconds, rate=8000, channels=2):
    """A recording in which nobody speaks: 16-bit PCM."""
    data = bytes(int(seconds * rate) * channels * 2)
    head = struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(data), b"WAVE", b"fmt ", 16, 1, channels, rate,
                       rate * channels * 2, channels * 2, 16, b"data", len(data))
    return head + data


def event_values(call, trigger, recordings_url, turn=0):
    """The variables that the panel would know at that trigger (for the `turn`-th time); the rest are empty."""
    hidden = set()
    if trigger in ("START", "ORIGINATE"):
        hidden = LATE | ANSWERED
    elif trigger == "TALK":
        hidden = LATE
    values = {name: value for name, value in call["vars"].items() if name not in hidden}
    recording = call.get("recording")
    if recording and trigger in ("END", "RECORDING"):
        name = "audio_file_wav" if "silence_s" in recording else "audio_file_mp3"
        suffix = name.rsplit("_", 1)[1]
        values.setdefault(name, f"{recordings_url}/recordings/{values['cdrid']}.{suffix}")
    differing = call.get("at", {}).get(trigger, {})
    if isinstance(differing, list):
        differing = differing[turn] if turn < len(differing) else {}
    values.update(differing)
    values["hooktrigger"] = trigger
    return values


def render(values, style):
    """(content type, body) as the panel's template makes them.

    json: the recommended template, all quoted. rendered: the vendor's sample, numbers unquoted, nothing
    escaped, so an empty variable or a quote breaks the JSON. form: url-encoded pairs.
    """
    names = TEMPLATE + sorted(set(values) - set(TEMPLATE))
    texts = {name: str(values.get(name, "")) for name in names}
    if style == "form":
        return "application/x-www-form-urlencoded", urllib.parse.urlencode(texts).encode()
    if style == "rendered":
        pairs = [f'"{name}": {text}' if name in UNQUOTED else f'"{name}": "{text}"' for name, text in texts.items()]
        return "application/json", ("{" + ",\n ".join(pairs) + "}").encode()
    return "application/json", json.dumps(texts, ensure_ascii=False).encode()


@dataclass
class Target:
    """Where the events go. `key` comes from a file or the environment, never from a flag."""
    url: str
    key: str
    key_style: str = "x-api-key"
    account: str = "default"
    attempts_max: int = 6
    timeout_s: float = 15.0


@dataclass
class Summary:
    """What came of a play; `not_acknowledged` names what could not be delivered."""
    calls: int = 0
    events: int = 0
    acknowledged: int = 0
    resent: int = 0
    transcripts: int = 0
    transcripts_stored: int = 0
    answers: Counter = field(default_factory=Counter)
    not_acknowledged: list = field(default_factory=list)

    def to_json(self):
        return {"calls": self.calls,
                "events": {"sent": self.events, "acknowledged": self.acknowledged, "resent": self.resent},
                "transcripts": {"sent": self.transcripts, "stored": self.transcripts_stored},
                "answers": {str(code): self.answers[code] for code in sorted(self.answers, key=str)},
                "not_acknowledged": self.not_acknowledged}


class _Recordings(BaseHTTPRequestHandler):
    """GET /recordings/<cdrid>.<suffix>, with the fault that the day gives that call."""
    protocol_version = "HTTP/1.1"
    pbx = None

    def do_GET(self):
        name = urllib.parse.urlsplit(self.path).path.removeprefix("/recordings/")
        cdrid, _, suffix = name.rpartition(".")
        call = self.pbx.recorded.get(cdrid)
        count = self.pbx.count_request(cdrid)
        if call is None:
            return self.answer(404, b"no such recording\n", "text/plain")
        recording = call["recording"]
        fault = recording.get("fault", {})
        kind = fault.get("kind")
        if kind == "missing" or (kind == "late" and count <= fault.get("requests", 1)):
            return self.answer(404, b"not found\n", "text/plain")
        if kind == "html":
            return self.answer(200, b"<!doctype html><title>Iniciar sesi\xc3\xb3n</title>", "text/html")
        audio = self.pbx.audio_of(call)
        media_type = "audio/wav" if suffix == "wav" else "audio/mpeg"
        if kind == "cut":
            self.close_connection = True
            return self.answer(200, audio[:len(audio) // 2], media_type, len(audio))
        if kind == "slow":
            return self.drip(audio, media_type, float(fault.get("seconds", 1)))
        return self.answer(200, audio, media_type)

    def answer(self, status, body, media_type, stated_length=None):
        self.send_response(status)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body) if stated_length is None else stated_length))
        self.end_headers()
        self.wfile.write(body)

    def drip(self, body, media_type, seconds, pieces=10):
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        size = max(1, -(-len(body) // pieces))
        for start in range(0, len(body), size):
            self.wfile.write(body[start:start + size])
            self.wfile.flush()
            self.pbx.sleep(seconds / pieces)

    def log_message(self, *_):
        pass


class Simulator:
    """The PBX: serves recordings from entering the context to leaving it, and plays on demand.

    `sleep` is what waits between attempts; tests pass one that does not.
    """

    def __init__(self, day, recordings=RECORDINGS, port=0, sleep=time.sleep):
        self.day = day
        self.folder = Path(recordings)
        self.sleep = sleep
        self.recorded = {call["vars"]["cdrid"]: call for call in day["calls"] if "recording" in call}
        self._requests = Counter()
        self._lock = threading.Lock()
        self._wanted_port = port
        self._server = None

    def __enter__(self):
        for cdrid, call in self.recorded.items():
            name = call["recording"].get("file")
            if name and not (self.folder / name).is_file():
                raise DayError(f"call {cdrid}: no {name} in {self.folder}")
        handler = type("Handler", (_Recordings,), {"pbx": self})
        self._server = ThreadingHTTPServer(("127.0.0.1", self._wanted_port), handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), name="recordings", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *_):
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def port(self):
        return self._server.server_address[1]

    @property
    def recordings_url(self):
        return f"http://127.0.0.1:{self.port}"

    def requests(self):
        """How often each recording was asked for."""
        with self._lock:
            return dict(self._requests)

    def count_request(self, cdrid):
        with self._lock:
            self._requests[cdrid] += 1
            return self._requests[cdrid]

    def audio_of(self, call):
        recording = call["recording"]
        if "silence_s" in recording:
            return silent_wav(recording["silence_s"])
        return (self.folder / recording["file"]).read_bytes()

    def play(self, target, pace_s=0.0, progress=None):
        """Sends every event of the day in the file's order, then each call's transcript."""
        summary = Summary(calls=len(self.day["calls"]))
        webhook = f"{target.url.rstrip('/')}/webhook/anura/"
        if target.account != "default":
            webhook += target.account
        for number, call in enumerate(self.day["calls"], 1):
            cdrid = call["vars"]["cdrid"]
            for position, trigger in enumerate(call["send"]):
                turn = call["send"][:position].count(trigger)
                values = event_values(call, trigger, self.recordings_url, turn)
                media_type, body = render(values, call.get("style", "json"))
                summary.events += 1
                if self._send(target, "POST", webhook, body, media_type, summary, f"{cdrid} {trigger}"):
                    summary.acknowledged += 1
            if "transcript_json" in call:
                query = urllib.parse.urlencode(
                    {"source": "anura", "account": target.account, "external_id": cdrid})
                summary.transcripts += 1
                body = json.dumps(call["transcript_json"], ensure_ascii=False).encode()
                if self._send(target, "PUT", f"{target.url.rstrip('/')}/api/v1/transcripts?{query}", body,
                              "application/json", summary, f"{cdrid} transcript"):
                    summary.transcripts_stored += 1
            if progress:
                progress(number, summary)
            if pace_s:
                self.sleep(pace_s)
        return summary

    def _send(self, target, method, url, body, media_type, summary, what):
        reason = ""
        for attempt in range(1, target.attempts_max + 1):
            if attempt > 1:
                summary.resent += 1
            status, wait_s, reason = self._attempt(target, method, url, body, media_type)
            summary.answers[status or "none"] += 1
            if status and 200 <= status < 300:
                return True
            if status and status not in RETRIED:
                break
            if attempt < target.attempts_max:
                self.sleep(min(wait_s if wait_s is not None else 0.2 * 2 ** (attempt - 1), 5.0))
        summary.not_acknowledged.append({"what": what, "reason": reason})
        return False

    @staticmethod
    def _attempt(target, method, url, body, media_type):
        """(status or None, seconds that the other side asks for or None, reason)."""
        # The bare Authorization forms are the PBX's alone: the API behind PUT knows the other two.
        style = target.key_style if method == "POST" or target.key_style == "bearer" else "x-api-key"
        headers = {"Content-Type": media_type, **KEY_STYLES[style](target.key)}
        request = urllib.request.Request(url, data=body, headers=headers, method=method)
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(request, timeout=target.timeout_s) as answer:
                answer.read()
                return answer.status, None, ""
        except urllib.error.HTTPError as error:
            with error:
                text = error.read(300).decode("utf-8", "replace")
            after = error.headers.get("Retry-After", "")
            return error.code, float(after) if after.isdigit() else None, f"status {error.code}: {text}"
        except (OSError, ValueError) as error:
            return None, None, str(getattr(error, "reason", error))


def read_key(arguments):
    if arguments.key_file:
        return Path(arguments.key_file).read_text(encoding="utf-8").strip()
    return os.environ.get(arguments.key_env, "").strip()


def make_parser():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter,
                                     usage=argparse.SUPPRESS)
    parser.add_argument("--url", default="http://127.0.0.1:8080", help="where oidor listens (%(default)s)")
    parser.add_argument("--key-env", default="OIDOR_KEY", metavar="NAME",
                        help="the variable that holds the key (%(default)s)")
    parser.add_argument("--key-file", metavar="FILE", help="a file that holds the key")
    parser.add_argument("--key-style", choices=sorted(KEY_STYLES), default="x-api-key",
                        help="the header that carries it (%(default)s)")
    parser.add_argument("--account", default="default", help="the account of the webhook (%(default)s)")
    parser.add_argument("--day", default=DAY, metavar="FILE", help="the day of calls (day.json beside this program)")
    parser.add_argument("--recordings", default=RECORDINGS, metavar="DIR", help="where the day's audio files lie")
    parser.add_argument("--port", type=int, default=0, help="of the recordings; 0: any (%(default)s)")
    parser.add_argument("--pace", type=float, default=0.0, metavar="SECONDS", help="between two calls (%(default)s)")
    parser.add_argument("--stay", action="store_true", help="go on serving recordings until interrupted")
    parser.add_argument("--check", action="store_true", help="only say what the day holds")
    return parser


def show_progress(number, summary):
    total = summary.calls
    end = "\n" if number == total else ""
    print(f"\r{number}/{total} calls, {summary.acknowledged}/{summary.events} events acknowledged", end=end,
          file=sys.stderr, flush=True)


def main(argv=None):
    arguments = make_parser().parse_args(argv)
    try:
        day = load_day(arguments.day)
        if arguments.check:
            events = sum(len(call["send"]) for call in day["calls"])
            print(json.dumps({"calls": len(day["calls"]), "events": events}))
            return 0
        key = read_key(arguments)
    except (DayError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2
    if not key:
        print(f"simulator: no key: set {arguments.key_env}, or give --key-file", file=sys.stderr)
        return 2
    target = Target(url=arguments.url, key=key, key_style=arguments.key_style, account=arguments.account)
    try:
        return run(arguments, day, target)
    except (DayError, OSError) as error:
        print(f"simulator: {error}", file=sys.stderr)
        return 2


def run(arguments, day, target):
    with Simulator(day, arguments.recordings, arguments.port) as pbx:
        print(f"recordings at {pbx.recordings_url}", file=sys.stderr, flush=True)
        summary = pbx.play(target, arguments.pace, show_progress if sys.stderr.isatty() else None)
        print(json.dumps(summary.to_json()), flush=True)
        if arguments.stay:
            try:
                threading.Event().wait()
            except KeyboardInterrupt:
                pass
    return 1 if summary.not_acknowledged else 0


if __name__ == "__main__":
    sys.exit(main())
