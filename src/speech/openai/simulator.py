#!/usr/bin/env python3
"""A stand-in for a server that speaks OpenAI's audio transcription, with its rules for fields, forms and models.

It hears nothing: words come from a catalogue of known recordings (speech_catalogue.py). The provider's own Python
client is tried against it (tests/test_speech_engines.py).

Examples:
  simulator.py --port 8098 --catalogue calls.json     then: speech.openai.url = "http://127.0.0.1:8098/v1"
  simulator.py --fault 429 --fault cut                the first two calls fail so, the rest are answered

Faults: 401 403 404 413 415 429 429_long quota 500 503 slow cut bad_json no_json other_file half."""

import argparse
import hashlib
import math
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import speech_catalogue  # noqa: E402 - lies beside the engines' folders
from speech_catalogue import Refused  # noqa: E402

FIELDS = {"file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]",
          "chunking_strategy", "stream", "include[]", "known_speaker_names[]", "known_speaker_references[]", "languages[]",
          "keywords[]"}
FORMS = {"whisper-1": ("json", "text", "srt", "verbose_json", "vtt"), "whisper-large-v3": ("json", "text", "verbose_json"),
         "gpt-4o-transcribe": ("json",), "gpt-4o-mini-transcribe": ("json",),
         "gpt-4o-transcribe-diarize": ("json", "text", "diarized_json")}
BYTES_MAX = 25 << 20
LANGUAGES = {"es": "spanish", "en": "english", "pt": "portuguese"}
CODES = {401: "invalid_api_key", 404: "model_not_found", 429: "rate_limit_exceeded", "quota": "insufficient_quota"}


def refuse(status, message, param=None, code=None):
    kind = "server_error" if status >= 500 else "invalid_request_error"
    raise Refused(status, {"error": {"message": message, "type": kind, "param": param, "code": code}})


class OpenAiSimulator(speech_catalogue.SpeechServer):
    def error_body(self, status):
        return {"error": {"message": f"simulated {status}", "type": "server_error" if status in (500, 503) else "requests",
                          "param": None, "code": CODES.get(status)}}

    def strikes(self, _method, path):
        return path == "/v1/audio/transcriptions"

    def route(self, handler, path, query, body, fault):
        if self.key and handler.headers.get("Authorization") != f"Bearer {self.key}":
            refuse(401, "Incorrect API key provided.", code="invalid_api_key")
        if path == "/v1/models" and handler.command == "GET":
            return 200, {"object": "list", "data": [{"id": model, "object": "model", "created": 1767225600,
                                                     "owned_by": "simulator"} for model in FORMS]}, {}
        if path != "/v1/audio/transcriptions" or handler.command != "POST":
            refuse(404, f"Invalid URL ({handler.command} {path})")
        parts = speech_catalogue.read_form(handler.headers.get("Content-Type"), body)
        fields = {}
        for name, file_name, _, value in parts:
            if file_name is None:
                fields.setdefault(name, []).append(value.decode("utf-8"))
        files = [(file_name, kind, value) for name, file_name, kind, value in parts if name == "file" and file_name is not None]
        self.asked.append({"fields": fields, "files": [{"name": name, "type": kind, "bytes": len(value),
                                                        "sha256": hashlib.sha256(value).hexdigest()}
                                                       for name, kind, value in files]})
        form = self.check(fields, files, parts)
        heard = self.hear(files[0][2], fault)
        return 200, self.answer(form, heard, fields), {"x-request-id": f"req_{len(self.asked)}"}

    @staticmethod
    def check(fields, files, parts):
        unknown = sorted({name for name, *_ in parts} - FIELDS)
        if unknown:
            refuse(400, f"Unrecognized request argument supplied: {unknown[0]}", unknown[0])
        if len(files) != 1 or not files[0][2]:
            refuse(400, "Missing required parameter: 'file'.", "file")
        if "." not in files[0][0]:
            refuse(400, "Unrecognized file format.", "file")
        if len(files[0][2]) > BYTES_MAX:
            refuse(413, "Maximum content size limit (26214400) exceeded")
        model = fields.get("model", [""])[0]
        if model not in FORMS:
            refuse(404, f"The model `{model}` does not exist.", "model", "model_not_found")
        form = fields.get("response_format", ["json"])[0]
        if form not in FORMS[model]:
            refuse(400, f"response_format '{form}' is not compatible with model '{model}'.", "response_format",
                   "unsupported_value")
        if "timestamp_granularities[]" in fields:
            if form != "verbose_json":
                refuse(400, "timestamp_granularities need verbose_json.", "timestamp_granularities")
            if set(fields["timestamp_granularities[]"]) - {"word", "segment"}:
                refuse(400, "Invalid value.", "timestamp_granularities")
        if model.endswith("-diarize"):
            if "prompt" in fields:
                refuse(400, "Prompt is not supported for diarization models.", "prompt")
            if "chunking_strategy" not in fields:
                refuse(400, "chunking_strategy is required for diarization models.", "chunking_strategy")
        if len(fields.get("language", ["es"])[0]) not in (2, 3):
            refuse(400, "Invalid language. Language parameter must be specified in ISO-639-1 format.", "language")
        if not 0 <= float(fields.get("temperature", ["0"])[0]) <= 1:
            refuse(400, "Invalid temperature.", "temperature")
        return form

    @staticmethod
    def answer(form, heard, fields):
        text = " ".join(segment["text"] for segment in heard.segments)
        seconds = {"type": "duration", "seconds": math.ceil(heard.duration_ms / 1000)}
        if form == "json":
            return {"text": text, "usage": seconds}
        if form != "verbose_json":
            if form == "diarized_json":
                return {"task": "transcribe", "duration": heard.duration_ms / 1000, "text": text, "usage": seconds,
                        "segments": [{"type": "transcript.text.segment", "id": f"seg_{number:03}", "text": each["text"],
                                      "start": each["start_ms"] / 1000, "end": each["end_ms"] / 1000,
                                      "speaker": chr(ord("A") + each["voice"])} for number, each in enumerate(heard.segments)]}
            return text.encode()
        language = heard.language or fields.get("language", ["en"])[0]
        reply = {"task": "transcribe", "language": LANGUAGES.get(language, language), "duration": heard.duration_ms / 1000,
                 "text": text, "usage": seconds,
                 "segments": [{"id": number, "seek": 0, "start": each["start_ms"] / 1000, "end": each["end_ms"] / 1000,
                               "text": " " + each["text"], "tokens": [50364], "temperature": 0.0,
                               "avg_logprob": math.log(each["confidence"]), "compression_ratio": 1.2, "no_speech_prob": 0.01}
                              for number, each in enumerate(heard.segments)]}
        if "word" in fields.get("timestamp_granularities[]", ()):
            reply["words"] = [{"word": word, "start": start / 1000, "end": end / 1000}
                              for each in heard.segments for word, start, end in speech_catalogue.words_of(each)]
        return reply


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    speech_catalogue.add_arguments(parser)
    return speech_catalogue.run(OpenAiSimulator, parser.parse_args())


if __name__ == "__main__":
    sys.exit(main())
