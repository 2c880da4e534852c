#!/usr/bin/env python3
"""A stand-in for Azure AI Speech: fast transcription and batch jobs, with the service's rules for requests.

It hears nothing: words come from a catalogue of known recordings (speech_catalogue.py). Its answers are held against
Azure's published schemas by tests/test_speech_engines.py; no client of Azure's own is tried with it: unconfirmed.

Examples:
  simulator.py --port 8097 --key k --catalogue calls.json     then: speech.azure.url = "http://127.0.0.1:8097"
  simulator.py --fault 503 --fault bad_json                   the first two calls fail so, the rest are answered

Faults: 401 403 404 413 415 429 429_long quota 500 503 slow cut bad_json no_json other_file half."""

import argparse
import datetime
import hashlib
import json
import pathlib
import re
import sys
import urllib.error
import urllib.request
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import speech_catalogue  # noqa: E402 - lies beside the engines' folders
from speech_catalogue import Refused  # noqa: E402

VERSIONS = {"2024-11-15": {"locales", "models", "profanityFilterMode", "diarization", "channels"},
            "2025-10-15": {"locales", "models", "profanityFilterMode", "diarization", "channels", "audioUrl", "phraseList",
                           "enhancedMode"}}
LOCALES = ("es-AR", "es-ES", "es-MX", "en-GB", "en-US", "pt-BR")
SERVICE = "/speechtotext"
CODES = {401: "Unauthorized", 403: "Forbidden", 404: "NotFound", 413: "InvalidArgument", 415: "UnsupportedMediaType",
         429: "TooManyRequests", 500: "InternalServerError", 503: "ServiceUnavailable", "quota": "Forbidden"}


def refuse(status, message, inner=None):
    body = {"code": CODES.get(status, "InvalidRequest"), "message": message}
    if inner:
        body["innerError"] = {"code": inner, "message": message}
    raise Refused(status, body)


def ticks(milliseconds):
    return milliseconds * 10_000


def period(milliseconds):
    return f"PT{milliseconds / 1000:g}S"


def locale_of(heard, locales):
    return next((each for each in locales if each[:2] == heard.language), (locales or ("es-MX",))[0])


class AzureSimulator(speech_catalogue.SpeechServer):
    """`polls_until_done`: how often a batch job is looked at before it is done; `job_fails`: it fails then."""

    def __init__(self, polls_until_done=1, job_fails="", **more):
        super().__init__(**more)
        self.polls_until_done, self.job_fails = polls_until_done, job_fails
        self.jobs, self.deleted = {}, []

    def error_body(self, status):
        if status == "quota":
            return {"code": "Forbidden", "message": "simulated", "innerError": {"code": "QuotaViolation", "message": "simulated"}}
        if status == 401:  # the gateway's own form
            return {"error": {"code": "401", "message": "Access denied due to invalid subscription key or wrong API endpoint."}}
        return {"code": CODES.get(status, "InvalidRequest"), "message": f"simulated {status}"}

    def strikes(self, method, path):
        return method == "POST" or path.startswith("/results/") or bool(re.search(r"/transcriptions/[0-9a-f-]{36}$", path))

    def control(self, handler, body):
        wanted = json.loads(body or b"{}")
        for name in ("polls_until_done", "job_fails"):
            if name in wanted:
                setattr(self, name, wanted[name])
        super().control(handler, body)

    def route(self, handler, path, query, body, fault):
        result = re.fullmatch(r"/results/([0-9a-f-]{36})\.json", path)
        if result:
            return self.result(handler, result[1], fault)
        if self.key and handler.headers.get("Ocp-Apim-Subscription-Key") != self.key:
            raise Refused(401, self.error_body(401))
        if query.get("api-version") not in VERSIONS:
            refuse(400, "The api-version is missing or unknown.", "InvalidApiVersion")
        job = re.fullmatch(SERVICE + r"/transcriptions/([0-9a-f-]{36})(/files)?", path)
        method = handler.command
        if (method, path) == ("POST", SERVICE + "/transcriptions:transcribe"):
            return self.transcribe(handler, query["api-version"], body, fault)
        if (method, path) == ("POST", SERVICE + "/transcriptions:submit"):
            return self.submit(json.loads(body), fault)
        if (method, path) == ("GET", SERVICE + "/transcriptions/locales"):
            return 200, {"Transcribe": list(LOCALES), "Submit": list(LOCALES)}, {}
        if (method, path) == ("GET", SERVICE + "/transcriptions"):
            return self.list_jobs(query)
        if job and method == "DELETE":
            if self.jobs.pop(job[1], None):
                self.deleted.append(job[1])
            return 204, None, {}
        if job and method == "GET":
            if job[1] not in self.jobs:
                refuse(404, "The specified entity cannot be found.")
            return self.files(job[1]) if job[2] else self.look(job[1])
        return refuse(404, "Resource not found")

    def transcribe(self, handler, version, body, fault):
        parts = {name: (file_name, kind, value)
                 for name, file_name, kind, value in speech_catalogue.read_form(handler.headers.get("Content-Type"), body)}
        if "audio" not in parts:
            refuse(400, "The audio is missing.", "EmptyAudioFile")
        if parts["audio"][0] is None:
            refuse(400, "Speech Fast Transcribe requires a filename to be specified when sending a file.")
        definition = json.loads(parts["definition"][2]) if "definition" in parts else {}
        self.asked.append({"version": version, "definition": definition, "name": parts["audio"][0], "type": parts["audio"][1],
                           "bytes": len(parts["audio"][2]), "sha256": hashlib.sha256(parts["audio"][2]).hexdigest()})
        unknown = sorted(set(definition) - VERSIONS[version])
        if unknown:
            refuse(400, f"The member {unknown[0]} is unknown.", "InvalidPayload")
        locales = definition.get("locales") or []
        if set(locales) - set(LOCALES):
            refuse(400, "A locale is not supported.", "InvalidLocale")
        heard = self.hear(parts["audio"][2], fault)
        channels = definition.get("channels")
        voices = definition.get("diarization", {}).get("enabled")
        if channels is not None and (len(channels) > 2 or voices):
            refuse(400, "The channels are invalid.", "InvalidChannels")
        return 200, self.fast_result(heard, channels, voices, locales), {}

    @staticmethod
    def fast_result(heard, channels, voices, locales):
        phrases, combined = [], []
        wanted = channels if channels is not None else [None]
        for channel in wanted:
            mine = [each for each in heard.segments if channel is None or each["channel"] == channel]
            text = " ".join(each["text"] for each in mine)
            combined.append({"text": text} if channel is None else {"channel": channel, "text": text})
            for each in mine:  # grouped by channel, as the service does it
                phrase = {"offsetMilliseconds": each["start_ms"], "durationMilliseconds": each["end_ms"] - each["start_ms"],
                          "text": each["text"], "locale": locale_of(heard, locales), "confidence": each["confidence"] - 0.05,
                          "words": [{"text": word, "offsetMilliseconds": start, "durationMilliseconds": end - start}
                                    for word, start, end in speech_catalogue.words_of(each)]}
                if channel is not None:
                    phrase["channel"] = channel
                elif voices:
                    phrase["speaker"] = each["voice"] + 1
                phrases.append(phrase)
        return {"durationMilliseconds": heard.duration_ms, "combinedPhrases": combined, "phrases": phrases}

    def submit(self, order, fault):
        properties = order.get("properties") or {}
        if not order.get("displayName") or not order.get("locale"):
            refuse(400, "displayName and locale are needed.", "InvalidPayload")
        if not 6 <= properties.get("timeToLiveHours", 0) <= 744:
            refuse(400, "timeToLiveHours is invalid.", "InvalidTimeToLive")
        if sum(key in order for key in ("contentUrls", "contentContainerUrl", "dataset")) != 1:
            refuse(400, "Exactly one source is needed.", "OnlyOneOfUrlsOrContainerOrDataset")
        if order["locale"] not in LOCALES:
            refuse(400, "The locale is not supported.", "InvalidLocale")
        self.asked.append({"order": order})
        job = str(uuid.uuid4())
        self.jobs[job] = {"order": order, "polls": 0, "created": datetime.datetime.now(datetime.timezone.utc), "heard": None,
                          "fault": fault}
        value = self.describe(job)
        return 201, value, {"Location": value["self"]}

    def state(self, job):
        if self.jobs[job]["polls"] < self.polls_until_done:
            return "Running" if self.jobs[job]["polls"] else "NotStarted"
        return "Failed" if self.job_fails else "Succeeded"

    def describe(self, job):
        entry, state = self.jobs[job], self.state(job)
        base = f"{self.url}{SERVICE}/transcriptions/{job}"
        when = entry["created"].strftime("%Y-%m-%dT%H:%M:%SZ")
        properties = {key: value for key, value in entry["order"]["properties"].items()}
        if state == "Failed":
            properties["error"] = {"code": self.job_fails, "message": "simulated"}
        return {"self": base + "?api-version=2024-11-15", "displayName": entry["order"]["displayName"],
                "locale": entry["order"]["locale"], "properties": properties, "status": state, "createdDateTime": when,
                "lastActionDateTime": when, "links": {"files": base + "/files?api-version=2024-11-15"}}

    def look(self, job):
        self.jobs[job]["polls"] += 1
        value = self.describe(job)
        return 200, value, {} if value["status"] in ("Succeeded", "Failed") else {"Retry-After": "5"}

    def list_jobs(self, query):
        wanted = re.fullmatch(r"displayName eq '([^']*)'", query.get("filter", ""))
        found = [job for job, entry in self.jobs.items() if not wanted or entry["order"]["displayName"] == wanted[1]]
        skip, top = int(query.get("skip", 0)), int(query.get("top", 100))
        page = {"values": [self.describe(job) for job in found[skip:skip + top]]}
        if len(found) > skip + top:
            page["@nextLink"] = f"{self.url}{SERVICE}/transcriptions?skip={skip + top}&top={top}&api-version=2024-11-15"
        return 200, page, {}

    def files(self, job):
        entry, base = self.jobs[job], f"{self.url}{SERVICE}/transcriptions/{job}/files"
        when = entry["created"].strftime("%Y-%m-%dT%H:%M:%SZ")
        if self.state(job) != "Succeeded":
            return 200, {"values": []}, {}
        if entry["heard"] is None:
            try:
                with urllib.request.urlopen(entry["order"]["contentUrls"][0], timeout=10) as answer:  # as the service would
                    entry["heard"] = self.hear(answer.read(), entry["fault"])
            except (urllib.error.URLError, OSError):
                entry["heard"] = False
        values = [{"self": f"{base}/{uuid.uuid4()}", "name": "report.json", "kind": "TranscriptionReport", "createdDateTime": when,
                   "properties": {"size": 100}, "links": {"contentUrl": f"{self.url}/results/{job}.json?report=1"}}]
        if entry["heard"]:
            values.append({"self": f"{base}/{uuid.uuid4()}", "name": "contenturl_0.json", "kind": "Transcription",
                           "createdDateTime": when, "properties": {"size": 1000},
                           "links": {"contentUrl": f"{self.url}/results/{job}.json?sv=simulated&sig=s"}})
        return 200, {"values": values}, {}

    def result(self, handler, job, fault):
        if handler.headers.get("Ocp-Apim-Subscription-Key"):
            raise Refused(403, {"code": "Forbidden", "message": "The key is for nobody else."})
        entry = self.jobs.get(job)
        if entry is None or not entry["heard"]:
            refuse(404, "BlobNotFound")
        heard, order = entry["heard"], entry["order"]
        if fault == "other_file":
            heard = speech_catalogue.other_than(heard)
        voices = order["properties"].get("diarization", {}).get("enabled")
        locales = order["properties"].get("languageIdentification", {}).get("candidateLocales", [order["locale"]])
        combined, phrases = [], []
        for channel in order["properties"].get("channels", [0, 1]):
            mine = [each for each in heard.segments if each["channel"] == channel]
            text = " ".join(each["text"] for each in mine)
            plain = re.sub(r"[^\w ]", "", text.lower())
            combined.append({"channel": channel, "lexical": plain, "itn": plain, "maskedITN": plain, "display": text})
            phrases += [self.phrase(each, channel, voices, locale_of(heard, locales)) for each in mine]
        return 200, {"source": order["contentUrls"][0], "timestamp": entry["created"].strftime("%Y-%m-%dT%H:%M:%SZ"),
                     "durationInTicks": ticks(heard.duration_ms), "duration": period(heard.duration_ms),
                     "durationMilliseconds": heard.duration_ms, "combinedRecognizedPhrases": combined,
                     "recognizedPhrases": phrases}, {}

    @staticmethod
    def phrase(each, channel, voices, locale):
        def span(start, end):
            return {"offset": period(start), "duration": period(end - start), "offsetInTicks": ticks(start),
                    "durationInTicks": ticks(end - start), "offsetMilliseconds": start, "durationMilliseconds": end - start}
        plain = re.sub(r"[^\w ]", "", each["text"].lower())
        words = speech_catalogue.words_of(each)
        best = {"confidence": each["confidence"] - 0.05, "lexical": plain, "itn": plain, "maskedITN": plain,
                "display": each["text"],
                "words": [{"word": re.sub(r"\W", "", word.lower()), "confidence": 0.9, **span(start, end)}
                          for word, start, end in words],
                "displayWords": [{"displayText": word, **span(start, end)} for word, start, end in words]}
        phrase = {"recognitionStatus": "Success", "channel": channel, **span(each["start_ms"], each["end_ms"]),
                  "locale": locale, "nBest": [best]}
        if voices:
            phrase["speaker"] = each["voice"] + 1
        return phrase


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    speech_catalogue.add_arguments(parser)
    parser.add_argument("--polls", type=int, default=1, help="how often a batch job is looked at before it is done")
    options = parser.parse_args()
    return speech_catalogue.run(lambda **more: AzureSimulator(polls_until_done=options.polls, **more), options)


if __name__ == "__main__":
    sys.exit(main())
