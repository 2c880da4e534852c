#!/usr/bin/env python3
"""A program for tests in the place of whisper.cpp's whisper-server: its flags, its paths, its answers, and its ways to fail.

The "model" is a JSON file: {"catalogue": "calls.json", "runs": [{…}, {…}]}: how each start of it behaves; the last
one goes for all that follow. `<model>.runs` gets a line for each start.
  start_s       so long it reads its model: refused connections first, then 503
  exit          it ends with this status instead of starting
  die_after     it ends in the middle of the answer after so many requests
  hang          it takes requests and never answers
  deaf          it never begins to listen"""

import argparse
import json
import math
import os
import pathlib
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent.parent))
import speech_catalogue  # noqa: E402 - lies in the room's folder
from speech_catalogue import Refused  # noqa: E402

NAMES = {"es": "spanish", "en": "english", "pt": "portuguese"}


class FakeWhisperServer(speech_catalogue.SpeechServer):
    def __init__(self, behaviour, **more):
        super().__init__(**more)
        self.behaviour, self.requests, self.ready_at = behaviour, 0, time.monotonic() + behaviour.get("start_s", 0)
        self.one_at_a_time = threading.Lock()

    def error_body(self, status):
        return {"error": f"simulated {status}"}

    def route(self, handler, path, query, body, fault):
        if time.monotonic() < self.ready_at:
            raise Refused(503, {"status": "loading model"})
        if path == "/health":
            return 200, {"status": "ok"}, {}
        if path != "/inference" or handler.command != "POST":
            raise Refused(404, b"File Not Found (" + path.encode() + b")")
        with self.one_at_a_time:
            return self.infer(handler, body)

    def infer(self, handler, body):
        self.requests += 1
        if self.behaviour.get("hang"):
            self._stopped.wait(600)
        if self.requests > self.behaviour.get("die_after", 1 << 30):
            handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n{\"text\": \"")
            handler.wfile.flush()
            os._exit(9)
        parts = {name: (file_name, value)
                 for name, file_name, _, value in speech_catalogue.read_form(handler.headers.get("Content-Type"), body)}
        if "file" not in parts:
            raise Refused(400, {"error": "no 'file' field in the request"})
        fields = {name: value.decode() for name, (file_name, value) in parts.items() if file_name is None}
        heard = self.catalogue.find(parts["file"][1])
        language = heard.language if fields.get("language") == "auto" else fields.get("language", "en")
        return 200, {"task": "transcribe", "language": NAMES.get(language, language), "duration": heard.duration_ms / 1000,
                     "text": "\n".join(" " + each["text"] for each in heard.segments),
                     "segments": [self.segment(number, each) for number, each in enumerate(heard.segments)]}, {}

    @staticmethod
    def segment(number, each):
        return {"id": number, "text": " " + each["text"], "start": each["start_ms"] / 1000, "end": each["end_ms"] / 1000,
                "tokens": [1], "temperature": 0.0, "avg_logprob": math.log(each["confidence"] - 0.1), "no_speech_prob": 0.02,
                "words": [{"word": " " + word, "start": start / 1000, "end": end / 1000, "probability": 0.8}
                          for word, start, end in speech_catalogue.words_of(each)]}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", "-m", required=True)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8080)
    parser.add_argument("--threads", "-t", type=int, default=4)
    parser.add_argument("--vad", action="store_true")
    parser.add_argument("--vad-model")
    options = parser.parse_args()
    model = pathlib.Path(options.model)
    wanted = json.loads(model.read_text(encoding="utf-8"))
    log = pathlib.Path(options.model + ".runs")
    with log.open("a", encoding="utf-8") as lines:
        lines.write(json.dumps({"pid": os.getpid(), "port": options.port, "environment": sorted(os.environ),
                                "arguments": sys.argv[1:]}) + "\n")
    run = len(log.read_text(encoding="utf-8").splitlines()) - 1
    runs = wanted.get("runs") or [{}]
    behaviour = runs[min(run, len(runs) - 1)]
    print("words that were heard, and must not be kept")
    if "exit" in behaviour:
        return behaviour["exit"]
    if behaviour.get("deaf"):
        time.sleep(600)
    catalogue = wanted.get("catalogue")
    known = speech_catalogue.Catalogue.load(model.parent / catalogue) if catalogue else None
    time.sleep(behaviour.get("start_s", 0) / 2)
    with FakeWhisperServer(behaviour, catalogue=known, port=options.port):
        threading.Event().wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
