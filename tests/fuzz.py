#!/usr/bin/env python3
"""Hostile bytes for the real program: fuzz.py NAME [SECONDS] [--seed N] (`./dev fuzz NAME`).

  audit     transcripts on the standard input of `oidor audit -`
  redact    transcripts on the standard input of `oidor redact -`: spans lie in their texts, masked texts have none
  decode    audio files for `oidor audit FILE`, through the confined decoder
  list      lists of calls for `oidor import cdr FILE`
  webhook   bodies for a running server's /webhook/anura/
  net2phone bodies for /webhook/net2phone/, rightly signed
  upload    forms for /upload, in pieces

Whatever comes in, the program must answer: an exit code of its table and an error object, or an HTTP status below
500; never a signal, never a hang, never silence. What breaks that is kept in build/fuzz/NAME/, with the seed."""

import argparse
import datetime
import hashlib
import hmac
import json
import os
import random
import sys
import tempfile
import time

import harness

EXIT_CODES = {0, 2, 3, 4, 5, 6, 7, 8, 9}
TRANSCRIPT = {"language": "es", "duration_s": 300, "segments": [
    {"start_ms": 0, "end_ms": 1900, "speaker": "agent", "channel": 0, "text": "Buenos días, ¿en qué puedo ayudarle?",
     "confidence": 0.93, "words": [{"start_ms": 0, "end_ms": 400, "text": "Buenos"}]},
    {"start_ms": 2000, "end_ms": 2500, "speaker": "customer", "channel": 1, "text": "No puedo entrar", "confidence": None}]}
VERBOSE_JSON = {"task": "transcribe", "language": "spanish", "duration": 3.2, "text": "Buenos días",
                "segments": [{"id": 0, "start": 0.0, "end": 3.2, "text": " Buenos días", "avg_logprob": -0.2}]}
EVENT = {"cdrid": "1001", "event": "END", "direction": "in", "calling": "+5491122334455", "called": "100",
         "duration": "61", "queueagentname": "201 - Ana", "accounttags": "12", "wasrecorded": "1",
         "audio_file_mp3": "https://127.0.0.1/a.mp3"}
CALL = {"event": "call_completed", "id": "m-1", "timestamp": "2026-02-10T13:30:00.1234567Z", "call_id": "a471d33e",
        "direction": "inbound", "duration": 120, "originating_number": "+5491122334455", "dialed_number": 5491155550101,
        "call_source": "queue", "user": {"id": 7, "name": "Ana", "account_id": 201, "email": "ana@example.com"},
        "recording_url": "https://127.0.0.1/1:generate-audio-download-link"}
TOKENS = [b"null", b"-1", b"1e999", b"18446744073709551616", b'"\\ud800"', b"\xff\xfe", b"\xc3", b"\x00", b"[" * 64, b"{}",
          b'"' + b"a" * 70000 + b'"', b"NaN", b"0.1", b'""', "\u0301ñ\u200d".encode(), b"true", b"[]", b"\r\n"]


def mutate(random_source, data):
    """A few small changes: bytes flipped, pieces cut, doubled or replaced by a token."""
    data = bytearray(data)
    for _ in range(random_source.choice((1, 1, 2, 3, 8))):
        at = random_source.randrange(len(data) + 1)
        length = random_source.choice((1, 1, 2, 8, 64, 1024))
        kind = random_source.randrange(5)
        if kind == 0 and at < len(data):
            data[at] ^= 1 << random_source.randrange(8)
        elif kind == 1:
            del data[at:at + length]
        elif kind == 2:
            data[at:at] = data[at:at + length]
        elif kind == 3:
            data[at:at + length] = random_source.choice(TOKENS)
        else:
            data[at:at] = random_source.randbytes(min(length, 64))
    return bytes(data)


def mutate_value(random_source, value):
    """The value with one node of its tree replaced by another kind of thing."""
    value = json.loads(json.dumps(value))
    nodes = [(None, None)]

    def walk(node):
        for key in (node if isinstance(node, dict) else range(len(node)) if isinstance(node, list) else ()):
            nodes.append((node, key))
            walk(node[key])

    walk(value)
    parent, key = random_source.choice(nodes)
    other = random_source.choice([None, -1, 0, 2**63, 1.5, "", "\u0000", "x" * 5000, [], {}, [[[]]], True, "agent",
                                  {"text": "a"}, ["a"] * 300, "2024-02-30 25:00:00", "\u202e‮"])
    if parent is None:
        return other
    if isinstance(parent, dict) and random_source.random() < 0.3:
        del parent[key]
    else:
        parent[key] = other
    return value


def text_of(random_source, seeds):
    value = random_source.choice(seeds)
    if random_source.random() < 0.5:
        return json.dumps(mutate_value(random_source, value), ensure_ascii=random_source.random() < 0.5).encode()
    return mutate(random_source, json.dumps(value, ensure_ascii=False).encode())


class Fault(Exception):
    pass


def judge_cli(done):
    """Raises Fault unless the program ended as its table says, with one JSON object a line."""
    if done.returncode not in EXIT_CODES:
        raise Fault(f"exit {done.returncode}: {done.stderr[-300:]!r}")
    try:
        answers = harness.json_lines(done.stdout)
    except ValueError as fault:
        raise Fault(f"not JSON lines: {fault}: {done.stdout[:300]!r}") from fault
    if not answers:
        raise Fault(f"silence; exit {done.returncode}, stderr {done.stderr[-300:]!r}")
    if (done.returncode != 0) != any("error" in answer for answer in answers):
        raise Fault(f"exit {done.returncode} beside {answers[0]}")


class Audit:
    name = "audit"

    def make(self, source):
        if source.random() < 0.2:
            return mutate(source, "Agente: Buenos días\nCliente: No puedo entrar\n".encode())
        return text_of(source, [TRANSCRIPT, VERBOSE_JSON])

    def give(self, data):
        judge_cli(harness.run_program("audit", "--json", "-", stdin=data, seconds=30))

    def close(self):
        pass


class Redact(Audit):
    name = "redact"
    PIECES = ("4111 1111 1111 1111", "cuatro ocho doble cinco", "mi DNI es", "30.123.456", "12.345.678-K", "+54 9 11 6795-0079",
              "juan arroba gmail punto com", "ana@example.com", "cuarenta y dos ochenta", "treinta millones mil", "triple cero",
              "HEGG560427MVZRRL04", "GODE 561231 GR8", "tres ceros", "eh, coma, guion", "32180000118359719", "o", "y", "@", ".",
              "\u00a0", "\u200b", "\uff14\uff11", "a\u0301", "9" * 40, "mil mil mil", "un millon", "doble", "K", "(011)", "$", "/")

    def make(self, source):
        segments = [{"start_ms": index * 1000, "end_ms": index * 1000 + 900, "speaker": source.choice(("agent", "customer")),
                     "text": source.choice(("", " ", ", ")).join(source.choice(self.PIECES)
                                                                 for _ in range(source.choice((0, 1, 3, 12, 80)))),
                     "words": [{"start_ms": 0, "end_ms": 1, "text": source.choice(self.PIECES)}]}
                    for index in range(source.choice((1, 2, 6)))]
        return text_of(source, [{"language": source.choice(("es", "pt", "en")), "segments": segments}])

    def give(self, data):
        done = harness.run_program("redact", "--json", "--country", "AR", "-", stdin=data, seconds=30)
        judge_cli(done)
        told, = harness.json_lines(done.stdout)
        if "error" in told:
            return
        given, shown = json.loads(data)["segments"], told["transcript"]["segments"]
        if len(given) != len(shown):
            raise Fault("a segment came or went")
        if [segment.get("start_ms") for segment in given] != [segment.get("start_ms") for segment in shown]:
            return  # put in order
        before = (-1, 0)
        for span in told["spans"]:
            text = given[span["segment"]]["text"].encode("utf-8", "surrogatepass")
            if (span["segment"], span["begin"]) < before or not span["begin"] < span["end"] <= len(text):
                raise Fault(f"{span} behind {before} in {len(text)} bytes")
            text[span["begin"]:span["end"]].decode("utf-8")  # a span that cuts a letter in two fails here
            before = (span["segment"], span["end"])


class Decode(Audit):
    name = "decode"

    def __init__(self):
        self.seeds = [path.read_bytes() for path in sorted((harness.ROOT / "tests/recordings").glob("*.mp3"))]
        self.seeds += [wav(1, 8000, b"\x80" * 4000, bits=8), wav(2, 16000, b"\x10\x20" * 8000, bits=16),
                       wav(1, 8000, b"\x55" * 8000, bits=8, kind=7)]
        self.path = harness.ROOT / "build/fuzz/decode/input"
        self.path.parent.mkdir(parents=True, exist_ok=True)

    def make(self, source):
        data = source.choice(self.seeds)
        head = data[:source.choice((256, 4096, len(data)))]  # Headers are where decoders go wrong.
        return mutate(source, head) + data[len(head):][:source.choice((0, 20000))]

    def give(self, data):
        self.path.write_bytes(data)
        judge_cli(harness.run_program("audit", "--json", "--language", "en", str(self.path), seconds=120))


class List:
    name = "list"
    CSV = ("\ufeffcdrid;dialtime;duration;status;wasrecorded\r\n1001;2026-02-10 10:30:00;61;ANSWERED;1\r\n"
           "\"a \"\"b\"\"\";10/02/2026 10:31:00;00:01:35;no atendida;\r\n")
    CALL = {"cdrid": "1001", "dialtime": "2026-02-10T10:30:00-03:00", "duration": 61, "wasrecorded": True}

    def __init__(self):
        self.folder = tempfile.TemporaryDirectory(prefix="oidor-fuzz-")
        self.path = os.path.join(self.folder.name, "list")

    def make(self, source):
        if source.random() < 0.3:
            return text_of(source, [self.CALL]) + b"\n" + json.dumps(self.CALL).encode()
        return mutate(source, self.CSV.encode() * source.choice((1, 1, 50)))

    def give(self, data):
        with open(self.path, "wb") as file:
            file.write(data)
        done = harness.run_program("import", "cdr", self.path, "--json", data=self.folder.name, seconds=30)
        if done.returncode not in EXIT_CODES:
            raise Fault(f"exit {done.returncode}: {done.stderr[-300:]!r}")
        told, = harness.json_lines(done.stdout)
        if (done.returncode == 0) != (not told.get("error") and not told.get("refused")):
            raise Fault(f"exit {done.returncode} beside {told}")

    def close(self):
        self.folder.cleanup()


class Webhook:
    name = "webhook"
    scope = "webhook:anura/default"
    env = {}

    def __init__(self):
        self.server = harness.Server(env=self.env)
        self.server.start()
        self.key = self.server.create_key(self.scope, name="fuzz")

    def make(self, source):
        return text_of(source, [EVENT, [EVENT, EVENT]])

    def send(self, data):
        return self.server.post("/webhook/anura/", data, key=self.key, headers={"Content-Type": "application/json"})

    def give(self, data):
        answer = self.send(data)
        if answer.status >= 500:
            raise Fault(f"status {answer.status}: {answer.body[:300]!r}")
        if self.server.process.poll() is not None:
            raise Fault(f"the server ended with {self.server.process.returncode}: {self.server.log[-5:]}")

    def close(self):
        self.server.remove_data()


class Net2phone(Webhook):
    name = "net2phone"
    secret = "fuzz-secret-0123456789abcdef"
    env = {"NET2PHONE_SECRET": secret}

    def make(self, source):
        return text_of(source, [CALL, {**CALL, "event": "call_recorded", "user": None}])

    def send(self, data):
        now = datetime.datetime.now(datetime.timezone.utc).isoformat()
        digest = hmac.new(self.secret.encode(), now.encode() + b":" + data, hashlib.sha256).hexdigest()
        answer = self.server.post("/webhook/net2phone/", data, headers={
            "Content-Type": "application/json", "x-net2phone-timestamp": now, "x-net2phone-signature": digest})
        if answer.status == 403:
            raise Fault("a good signature was refused")
        return answer


class Upload(Webhook):
    name = "upload"
    scope = "webhook:file/default"

    def make(self, source):
        audio = wav(1, 8000, b"\x80" * source.choice((0, 400, 400_000)), bits=8)
        return mutate(source, b"".join((
            b'--b b\r\nContent-Disposition: form-data; name="username"\r\n\r\nana\r\n',
            b'--b b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n',
            audio, source.choice((b"", b"\r\n--b", b"\r\n--b b")), b"\r\n--b b--\r\n")))

    def send(self, data):
        return self.server.post("/upload", data, key=self.key,
                                headers={"Content-Type": 'multipart/form-data; boundary="b b"'})


def wav(channels, rate, samples, bits, kind=1):
    """A RIFF file of these samples."""
    step = channels * bits // 8
    head = (b"fmt " + (16).to_bytes(4, "little") + kind.to_bytes(2, "little") + channels.to_bytes(2, "little") +
            rate.to_bytes(4, "little") + (rate * step).to_bytes(4, "little") + step.to_bytes(2, "little") +
            bits.to_bytes(2, "little"))
    body = b"WAVE" + head + b"data" + len(samples).to_bytes(4, "little") + samples
    return b"RIFF" + len(body).to_bytes(4, "little") + body


TARGETS = {target.name: target for target in (Audit, Redact, Decode, List, Webhook, Net2phone, Upload)}


def fuzz(name, seconds, seed, runs_max=None, say=lambda text: None):
    """(runs, faults): as many runs as fit; each fault is (seed of the run, words)."""
    target, faults, runs = TARGETS[name](), [], 0
    deadline, next_word = time.monotonic() + seconds, time.monotonic() + 10
    try:
        while time.monotonic() < deadline and (runs_max is None or runs < runs_max) and len(faults) < 5:
            run_seed = f"{seed}-{runs}"
            data = target.make(random.Random(run_seed))
            try:
                target.give(data)
            except Exception as fault:  # A time-out and a closed connection are findings too.
                folder = harness.ROOT / "build/fuzz" / name
                folder.mkdir(parents=True, exist_ok=True)
                (folder / f"fault-{run_seed}").write_bytes(data)
                faults.append((run_seed, f"{type(fault).__name__}: {fault}"))
                if isinstance(target, Webhook) and target.server.process and target.server.process.poll() is not None:
                    break
            runs += 1
            if time.monotonic() > next_word:
                say(f"fuzz {name}: {runs} runs, {len(faults)} faults")
                next_word += 10
    finally:
        target.close()
    return runs, faults


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", choices=sorted(TARGETS))
    parser.add_argument("seconds", nargs="?", type=float, default=60)
    parser.add_argument("--seed", default=str(int.from_bytes(os.urandom(4), "big")))
    arguments = parser.parse_args()
    runs, faults = fuzz(arguments.name, arguments.seconds, arguments.seed, say=lambda text: print(text, file=sys.stderr))
    for run_seed, words in faults:
        print(f"fault {run_seed}: {words}\n  kept: build/fuzz/{arguments.name}/fault-{run_seed}")
    print(json.dumps({"fuzz": arguments.name, "seed": arguments.seed, "runs": runs, "faults": len(faults)}))
    return 1 if faults or not runs else 0


if __name__ == "__main__":
    sys.exit(main())
