#!/usr/bin/env python3
"""A stand-in for an endpoint that speaks OpenAI's chat completions, with its errors and its rules for schemas.

It judges nothing: a yes-or-no question is answered yes with the first words of the speaker it names, a score with
the highest number that the question states. `--reply ID=VALUE|SEGMENT|QUOTE` puts another answer in that place.
The provider's own Python client is tried against it (tests/test_models.py).

Examples:
  simulator.py --port 8099                         then: models.url = "http://127.0.0.1:8099/v1"
  simulator.py --fault 429 --fault 500             the first two calls fail so, the rest are answered
  simulator.py --always refusal                    every call
  simulator.py --reply "disculpa=yes|2|Lamento"    what one question is answered with

Faults: 401 403 404 429 quota 500 503 timeout refusal length content_filter invalid_json fenced no_json_schema
json_object_only old_token_name tool_call no_usage empty_choices.

As a module:
  with Simulator() as sim:
      sim.faults = ["429"]
"""

import argparse
import json
import re
import sys
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

PARAMETERS = {"model", "messages", "response_format", "max_completion_tokens", "max_tokens", "temperature", "top_p", "n",
              "seed", "store", "stream", "stop", "presence_penalty", "frequency_penalty", "reasoning_effort", "user",
              "metadata", "service_tier", "safety_identifier", "prompt_cache_key", "verbosity", "logprobs", "tools"}
SEGMENT = re.compile(r"^\[(\d+)\] ([a-z]+(?: \(channel \d\))?): (.*)$")
QUESTION = re.compile(r"^- (\S+) \((?:(yes, no or unknown)|a number from (\S+) to (\S+), or null)(?:; quote only: (\w+))?\): ")


class Refused(Exception):
    """An answer with an error's body."""

    def __init__(self, status, message, kind="invalid_request_error", code=None, param=None, headers=None):
        super().__init__(message)
        self.status, self.headers = status, headers or {}
        self.body = {"error": {"message": message, "type": kind, "param": param, "code": code}}


def check_strict(schema, name, path=()):
    """The rules of strict mode: every object closed, every property required."""
    def refuse(what):
        raise Refused(400, f"Invalid schema for response_format '{name}': In context={path}, {what}",
                      code=None, param="response_format")
    if isinstance(schema, list):
        for item in schema:
            check_strict(item, name, path)
        return
    if not isinstance(schema, dict):
        return
    if not path and schema.get("type") != "object":
        refuse("schema must be a JSON Schema of 'type: \"object\"'")
    if schema.get("type") == "object":
        if schema.get("additionalProperties") is not False:
            refuse("'additionalProperties' is required to be supplied and to be false")
        if set(schema.get("required", ())) != set(schema.get("properties", {})):
            refuse("'required' is required to be supplied and to be an array including every key in properties")
    for key in ("properties", "$defs"):
        for child, value in schema.get(key, {}).items():
            check_strict(value, name, (*path, key, child))
    if "items" in schema:
        check_strict(schema["items"], name, (*path, "items"))


def text_of(content):
    return content if isinstance(content, str) else "".join(part.get("text", "") for part in content or ())


def tokens_of(text):
    return max(1, len(text.encode()) // 4)


def words_of(text, count=4):
    return " ".join(text.split()[:count])


@dataclass
class Simulator:
    """Serves on `port` while it is open. `asked`: the bodies of all requests; `faults`: what the next calls do."""
    port: int = 0
    key: str = ""
    models: tuple = ("small-2026-01-01",)
    faults: list = field(default_factory=list)
    always: str = ""
    replies: dict = field(default_factory=dict)
    seconds_of_timeout: float = 30
    asked: list = field(default_factory=list)
    judge: object = None  # judge(request) -> the reply's text, instead of our own

    def __enter__(self):
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.serve(self, outer.list_models)

            def do_POST(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
                outer.serve(self, lambda handler: outer.complete(handler, body))

            def log_message(self, *_):
                pass

        self._stopped = threading.Event()
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
        return f"http://127.0.0.1:{self.port}/v1"

    def serve(self, handler, answer):
        headers = {}
        try:
            if self.key and handler.headers.get("Authorization") != f"Bearer {self.key}":
                raise Refused(401, "Incorrect API key provided.", code="invalid_api_key")
            status, body = 200, answer(handler)
        except Refused as refused:
            status, body, headers = refused.status, refused.body, refused.headers
        data = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        try:
            handler.send_response(status)
            for name, value in {"Content-Type": "application/json", "x-request-id": f"req_{len(self.asked)}",
                                "Content-Length": str(len(data)), **headers}.items():
                handler.send_header(name, value)
            handler.end_headers()
            handler.wfile.write(data)
        except OSError:
            pass  # Whoever asked did not wait.

    def list_models(self, handler):
        if handler.path != "/v1/models":
            raise Refused(404, f"Invalid URL (GET {handler.path})")
        return {"object": "list", "data": [{"id": model, "object": "model", "created": 1767225600, "owned_by": "simulator"}
                                           for model in self.models]}

    def complete(self, handler, body):
        if handler.path != "/v1/chat/completions":
            raise Refused(404, f"Invalid URL (POST {handler.path})")
        try:
            request = json.loads(body)
        except ValueError:
            raise Refused(400, "We could not parse the JSON body of your request.") from None
        self.asked.append(request)
        fault = self.faults.pop(0) if self.faults else self.always
        self.fail_before(fault)
        self.check(request, fault)
        return self.reply(request, fault)

    def fail_before(self, fault):
        if fault in ("401", "403", "404", "500", "503"):
            code = {"401": "invalid_api_key", "404": "model_not_found"}.get(fault)
            raise Refused(int(fault), f"simulated {fault}", "server_error" if fault[0] == "5" else "invalid_request_error", code)
        if fault == "429":
            raise Refused(429, "Rate limit reached.", "requests", "rate_limit_exceeded", headers={"retry-after-ms": "50"})
        if fault == "429_long":
            raise Refused(429, "Rate limit reached.", "requests", "rate_limit_exceeded", headers={"retry-after": "3600"})
        if fault == "quota":
            raise Refused(429, "You exceeded your current quota.", "insufficient_quota", "insufficient_quota")
        if fault == "timeout":
            self._stopped.wait(self.seconds_of_timeout)
            raise Refused(504, "simulated timeout", "server_error")

    def check(self, request, fault):
        unknown = sorted(set(request) - PARAMETERS)
        if unknown:
            raise Refused(400, f"Unrecognized request argument supplied: {unknown[0]}", param=unknown[0])
        if request.get("model") not in self.models:
            raise Refused(404, f"The model `{request.get('model')}` does not exist.", code="model_not_found", param="model")
        messages = request.get("messages")
        if not isinstance(messages, list) or not messages:
            raise Refused(400, "Invalid 'messages': empty array.", param="messages", code="empty_array")
        for message in messages:
            if message.get("role") not in ("system", "developer", "user", "assistant", "tool"):
                raise Refused(400, "Invalid value for 'role'.", param="messages[0].role", code="invalid_value")
        if not 0 <= request.get("temperature", 1) <= 2:
            raise Refused(400, "Invalid 'temperature'.", param="temperature", code="decimal_above_max_value")
        if fault == "old_token_name" and "max_completion_tokens" in request:
            self.faults.insert(0, fault)
            raise Refused(400, "Unsupported parameter: 'max_completion_tokens' is not supported with this model. "
                          "Use 'max_tokens' instead.", param="max_completion_tokens", code="unsupported_parameter")
        self.check_format(request.get("response_format") or {"type": "text"}, messages, fault)

    def check_format(self, form, messages, fault):
        kind = form.get("type")
        if kind not in ("text", "json_object", "json_schema"):
            raise Refused(400, "Invalid value for 'response_format.type'.", param="response_format.type", code="invalid_value")
        if kind == "json_schema" and fault in ("no_json_schema", "json_object_only"):
            self.faults.insert(0, fault)
            raise Refused(400, "Invalid parameter: 'response_format' of type 'json_schema' is not supported with this model.",
                          param="response_format")
        if kind == "json_object" and fault == "no_json_schema":
            self.faults.insert(0, fault)
            raise Refused(400, "response_format json_object is not supported", param="response_format")
        if kind == "json_object" and not any("json" in text_of(message.get("content")).lower() for message in messages):
            raise Refused(400, "'messages' must contain the word 'json' in some form, to use 'response_format' of type "
                          "'json_object'.", param="messages")
        if kind == "json_schema":
            wanted = form.get("json_schema") or {}
            if not re.fullmatch(r"[A-Za-z0-9_-]{1,64}", wanted.get("name", "")):
                raise Refused(400, "Invalid 'response_format.json_schema.name'.", param="response_format.json_schema.name")
            if wanted.get("strict"):
                check_strict(wanted.get("schema"), wanted["name"])

    def reply(self, request, fault):
        content = self.judge(request) if self.judge else json.dumps(self.fill_in(request), ensure_ascii=False)
        finish, refusal, message = "stop", None, {"role": "assistant"}
        if fault == "invalid_json":
            content = "Claro: " + content[: len(content) // 2]
        elif fault == "fenced":
            content = f"<think>Veamos.</think>\n```json\n{content}\n```\n"
        elif fault == "length":
            content, finish = content[: len(content) // 2], "length"
        elif fault == "content_filter":
            content, finish = "", "content_filter"
        elif fault == "refusal":
            content, refusal = None, "I'm sorry, I can't assist with that request."
        elif fault == "tool_call":
            content, finish = None, "tool_calls"
            message["tool_calls"] = [{"id": "call_1", "type": "function",
                                      "function": {"name": "set_score", "arguments": "{\"score\":100}"}}]
        prompt = sum(tokens_of(text_of(each.get("content"))) for each in request["messages"])
        written = tokens_of(content or refusal or "")
        answer = {"id": f"chatcmpl-{len(self.asked)}", "object": "chat.completion", "created": int(time.time()),
                  "model": request["model"],
                  "choices": [{"index": 0, "finish_reason": finish, "logprobs": None,
                               "message": {**message, "content": content, "refusal": refusal, "annotations": []}}],
                  "usage": {"prompt_tokens": prompt, "completion_tokens": written, "total_tokens": prompt + written,
                            "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
                            "completion_tokens_details": {"reasoning_tokens": 0, "audio_tokens": 0,
                                                          "accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0}},
                  "service_tier": "default", "system_fingerprint": "fp_simulated"}
        if fault == "no_usage":
            del answer["usage"]
        if fault == "empty_choices":
            answer["choices"] = []
        return answer

    def fill_in(self, request):
        """A form filled in by the messages alone, as a model would."""
        rules = text_of(request["messages"][0].get("content"))
        segments = []
        for message in request["messages"]:
            if message["role"] == "user":
                segments += [match.groups() for match in map(SEGMENT.match, text_of(message.get("content")).splitlines()) if match]
        if "The form has one answer" in rules:
            quotes = [self.quote_of(segments, None)] if segments else []
            return {"answer": "Lo dice la transcripción." if quotes else None, "quotes": quotes}
        answers = {}
        for line in rules.splitlines():
            match = QUESTION.match(line)
            if match:
                answers[match[1]] = self.answer_of(match, segments)
        filled = {"answers": answers}
        if "Fields:" in rules:
            filled["fields"] = self.fields_of(segments)
        return filled

    def answer_of(self, match, segments):
        name, yes_no, _, highest, speaker = match.groups()
        if name in self.replies:
            value, segment, quote = self.replies[name]
            return {"value": value, "quotes": [{"segment": segment, "quote": quote}] if quote else []}
        quote = self.quote_of(segments, speaker)
        if quote is None:
            return {"value": "unknown" if yes_no else None, "quotes": []}
        return {"value": "yes" if yes_no else float(highest), "quotes": [quote]}

    def fields_of(self, segments):
        quote = self.quote_of(segments, "customer") or self.quote_of(segments, None)

        def given(value):
            return {"value": value if quote else None, "quotes": [quote] if quote else []}
        return {"reason": given("consulta"), "summary": given("El cliente hace una consulta."),
                "initial_feeling": given("neutral"), "final_feeling": given("positive"), "product": given(None),
                "typification": given("consulta general"), "agent_channel": {"value": None, "quotes": []},
                "tags": [given("CONSULTA")]}

    @staticmethod
    def quote_of(segments, speaker):
        for number, who, text in segments:
            if text.strip() and (speaker is None or who == speaker):
                return {"segment": int(number), "quote": words_of(text)}
        return None


def read_reply(text):
    name, _, rest = text.partition("=")
    value, segment, quote = [*rest.split("|"), "", ""][:3]
    with_number = re.fullmatch(r"-?\d+(\.\d+)?", value)
    return name, (float(value) if with_number else value, int(segment or 0), quote)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--key", default="", help="what callers must show; without it nobody is asked")
    parser.add_argument("--model", action="append", help="a model that exists; small-2026-01-01 when none is given")
    parser.add_argument("--fault", action="append", default=[], help="what the next call does")
    parser.add_argument("--always", default="", help="what every call does")
    parser.add_argument("--reply", action="append", default=[], type=read_reply)
    options = parser.parse_args()
    with Simulator(port=options.port, key=options.key, models=tuple(options.model or ("small-2026-01-01",)),
                   faults=options.fault, always=options.always, replies=dict(options.reply)) as simulator:
        print(json.dumps({"listening": simulator.url}), flush=True)
        try:
            threading.Event().wait()
        except KeyboardInterrupt:
            return 0


if __name__ == "__main__":
    sys.exit(main())
