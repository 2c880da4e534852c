"""What the stand-ins for speech engines share: recordings whose words are known, and a small HTTP server with faults.

A recording is known by the SHA-256 of its bytes; else, inside any WAV file (a part of it, one channel, silence taken
out), by the samples of its segments; else by its duration. What is known by nothing is heard as silence.

A catalogue is JSON:
  {"recordings": [{"audio": "call.wav", "language": "es", "duration_ms": 9000,
                   "segments": [{"channel": 0, "start_ms": 500, "end_ms": 2400, "text": "Buenos días", "confidence": 0.9}]}]}
Paths count from the catalogue's folder. A segment may have a `voice`, for recordings of one channel."""

import dataclasses
import hashlib
import json
import pathlib
import re
import struct
import threading
import urllib.parse
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PROBE_MS = 120  # so much of a segment's middle must be found
LOOP = " ".join(["no le puedo decir"] * 12)
FAULTS = ("401 403 404 413 415 429 429_long quota 500 503 slow cut bad_json no_json other_file half loop").split()


@dataclasses.dataclass
class Wave:
    """16-bit samples of each channel, as bytes."""
    rate: int
    channels: list

    @property
    def duration_ms(self):
        return len(self.channels[0]) // 2 * 1000 // self.rate if self.channels else 0


def read_wave(data):
    """A WAV file of 16-bit samples; None for anything else."""
    if data[:4] != b"RIFF" or data[8:12] != b"WAVE":
        return None
    at, rate, count = 12, 0, 0
    while at + 8 <= len(data):
        name, size = data[at:at + 4], struct.unpack_from("<I", data, at + 4)[0]
        if name == b"fmt ":
            kind, count, rate, _, _, bits = struct.unpack_from("<HHIIHH", data, at + 8)
            if kind not in (1, 0xfffe) or bits != 16:
                return None
        elif name == b"data" and rate:
            samples = data[at + 8:at + 8 + size]
            samples = samples[:len(samples) // (2 * count) * 2 * count]
            if count == 1:
                return Wave(rate, [samples])
            words = memoryview(samples).cast("H")
            return Wave(rate, [words[channel::count].tobytes() for channel in range(count)])
        at += 8 + size + size % 2
    return None


@dataclasses.dataclass
class Heard:
    """What is in a file: segments with times in it."""
    duration_ms: int
    channels: int
    language: str
    segments: list


@dataclasses.dataclass
class Known:
    sha256: str
    duration_ms: int
    channels: int
    language: str
    segments: list
    wave: object

    def heard(self):
        return Heard(self.duration_ms, self.channels, self.language, [dict(each) for each in self.segments])

    def probe_of(self, segment):
        """Samples of the segment's middle, and how far behind its start they begin (in bytes)."""
        samples = self.wave.channels[segment["channel"]]
        begin, end = (segment[key] * self.wave.rate // 1000 * 2 for key in ("start_ms", "end_ms"))
        size = PROBE_MS * self.wave.rate // 1000 * 2
        middle = begin + max(0, (end - begin - size) // 4 * 2)
        return samples[middle:middle + size], middle - begin

    def find_in(self, wave):
        found = []
        for segment in self.segments if self.wave and self.wave.rate == wave.rate else ():
            probe, behind = self.probe_of(segment)
            for channel, samples in enumerate(wave.channels):
                at = samples.find(probe) if len(probe) > 2 else -1
                while at > 0 and at % 2 == 1:
                    at = samples.find(probe, at + 1)
                if at >= 0:
                    start = max(0, (at - behind) // 2 * 1000 // wave.rate)
                    end = min(wave.duration_ms, start + segment["end_ms"] - segment["start_ms"])
                    found.append({**segment, "channel": channel, "start_ms": start, "end_ms": end})
                    break
        return sorted(found, key=lambda each: each["start_ms"])


class Catalogue:
    def __init__(self, recordings):
        self.recordings = recordings

    @classmethod
    def load(cls, path):
        path = pathlib.Path(path)
        return cls.of(json.loads(path.read_text(encoding="utf-8"))["recordings"], path.parent)

    @classmethod
    def of(cls, entries, folder="."):
        recordings = []
        for entry in entries:
            data = (pathlib.Path(folder) / entry["audio"]).read_bytes()
            wave = read_wave(data)
            segments = [{"confidence": 0.9, "voice": 0, "channel": 0, **segment} for segment in entry["segments"]]
            channels = entry.get("channels") or (len(wave.channels) if wave else 1)
            recordings.append(Known(hashlib.sha256(data).hexdigest(), entry.get("duration_ms") or wave.duration_ms, channels,
                                    entry.get("language", "es"), segments, wave))
        return cls(recordings)

    def find(self, data):
        sha256, wave = hashlib.sha256(data).hexdigest(), read_wave(data)
        for known in self.recordings:
            if known.sha256 == sha256:
                return known.heard()
        if wave is None:
            return Heard(0, 1, "", [])
        for known in self.recordings:
            segments = known.find_in(wave)
            if segments:
                return Heard(wave.duration_ms, len(wave.channels), known.language, segments)
        for known in self.recordings:
            if abs(known.duration_ms - wave.duration_ms) <= 20 and known.channels == len(wave.channels):
                return known.heard()
        return Heard(wave.duration_ms, len(wave.channels), "", [])


def other_than(heard):
    """Words of another recording, which is longer."""
    return Heard(heard.duration_ms * 3 + 60_000, heard.channels, heard.language or "es",
                 [{"channel": 0, "voice": 0, "start_ms": heard.duration_ms * 2 + 30_000, "end_ms": heard.duration_ms * 2 + 34_000,
                   "text": "Palabras de otra llamada.", "confidence": 0.9}])


def words_of(segment):
    """The segment's words, each with its share of the time."""
    texts = segment["text"].split()
    letters = sum(len(text) for text in texts) or 1
    at, words = segment["start_ms"], []
    for text in texts:
        length = (segment["end_ms"] - segment["start_ms"]) * len(text) // letters
        words.append((text, at, at + length))
        at += length
    return words


def read_form(content_type, body):
    """The parts of a multipart/form-data body: [(name, file name or None, type, bytes)]."""
    boundary = re.search(r'boundary="?([^";]+)', content_type or "")
    parts = []
    if not boundary:
        return parts
    for piece in body.split(b"--" + boundary[1].encode())[1:-1]:
        head, _, value = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        head = head.decode("utf-8", "replace")
        name, file_name = re.search(r'\bname="([^"]*)"', head), re.search(r'filename="([^"]*)"', head)
        kind = re.search(r"(?im)^content-type:\s*(\S+)", head)
        parts.append((name[1] if name else "", file_name and file_name[1], kind[1] if kind else "", value.removesuffix(b"\r\n")))
    return parts


class Refused(Exception):
    """An answer with an error's body."""

    def __init__(self, status, body, headers=None):
        super().__init__(str(status))
        self.status, self.body, self.headers = status, body, headers or {}


class SpeechServer:
    """Serves on `port` while it is open. `asked`: what came; `faults`: what the next calls do; `always`: all others.
    Subclasses answer in `route`, make their own error in `error_body`, and list what faults strike in `strikes`."""

    def __init__(self, catalogue=None, port=0, key="", faults=(), always="", slow_seconds=30.0):
        self.catalogue = catalogue or Catalogue([])
        self.port, self.key, self.always, self.slow_seconds = port, key, always, slow_seconds
        self.faults, self.asked = list(faults), []
        self._lock, self._stopped = threading.Lock(), threading.Event()

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def answer(self):
                outer.serve(self)

            do_GET = do_POST = do_DELETE = answer  # noqa: N815 - the names are the library's

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", self.port), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self._stopped.set()
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def next_fault(self):
        with self._lock:
            return self.faults.pop(0) if self.faults else self.always

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0))
        target = urllib.parse.urlsplit(handler.path)
        if target.path == "/_control":
            return self.control(handler, body)
        fault = self.next_fault() if self.strikes(handler.command, target.path) else ""
        headers = {"Content-Type": "application/json"}
        try:
            self.fail_before(fault)
            status, value, more = self.route(handler, target.path, dict(urllib.parse.parse_qsl(target.query)), body, fault)
            headers.update(more)
        except Refused as refused:
            status, value = refused.status, refused.body
            headers.update(refused.headers)
        data = value if isinstance(value, bytes) else b"" if value is None else json.dumps(value, ensure_ascii=False).encode()
        if fault == "bad_json":
            data = data[:len(data) * 2 // 3]
        elif fault == "no_json":
            data = b"<html>upstream timed out</html>"
        return self.send(handler, status, headers, data, fault)

    @staticmethod
    def send(handler, status, headers, data, fault=""):
        try:
            handler.send_response(status)
            for name, value in {**headers, "Content-Length": str(len(data))}.items():
                handler.send_header(name, value)
            handler.end_headers()
            if fault == "cut":
                handler.wfile.write(data[:len(data) // 2])
                handler.close_connection = True
            else:
                handler.wfile.write(data)
        except OSError:
            pass  # Whoever asked did not wait.

    def control(self, handler, body):
        """For tests in another language: sets members, tells what was asked."""
        wanted = json.loads(body or b"{}")
        for name in ("faults", "always", "slow_seconds"):
            if name in wanted:
                setattr(self, name, wanted[name])
        self.send(handler, 200, {"Content-Type": "application/json"},
                  json.dumps({"asked": self.asked, "faults": self.faults}).encode())

    def fail_before(self, fault):
        if fault == "slow":
            self._stopped.wait(self.slow_seconds)
        elif fault == "429":
            raise Refused(429, self.error_body(429), {"Retry-After": "0"})
        elif fault == "429_long":
            raise Refused(429, self.error_body(429), {"Retry-After": "3600"})
        elif fault == "quota":
            raise Refused(429, self.error_body("quota"))
        elif fault.isdigit():
            raise Refused(int(fault), self.error_body(int(fault)))

    def hear(self, data, fault):
        """What the file says, or what a fault makes of it."""
        heard = self.catalogue.find(data)
        if fault == "other_file":
            return other_than(heard)
        if fault == "half":  # a silent cut: the first words alone
            heard.segments = heard.segments[:1]
        elif fault == "loop":  # an invention: the same again and again
            heard.segments = [{**each, "text": LOOP} for each in heard.segments]
        return heard

    def strikes(self, _method, _path):
        return True

    def error_body(self, status):
        raise NotImplementedError

    def route(self, handler, path, query, body, fault):
        raise NotImplementedError


def add_arguments(parser):
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="", help="what callers must show; without it nobody is asked")
    parser.add_argument("--catalogue", help="a file of recordings whose words are known")
    parser.add_argument("--fault", action="append", default=[], choices=FAULTS, help="what the next call does")
    parser.add_argument("--always", default="", choices=("", *FAULTS), help="what every call does")


def run(make, options):
    """Serves until its standard input ends or it is interrupted."""
    catalogue = Catalogue.load(options.catalogue) if options.catalogue else Catalogue([])
    with make(catalogue=catalogue, port=options.port, key=options.key, faults=options.fault, always=options.always) as server:
        print(json.dumps({"listening": server.url, "port": server.port}), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0
    return 0
