"""Speech engines behind `oidor redact`, `oidor audit` and the server: each one's simulator knows the same call; what comes
out differs in words' confidence alone. And the simulators themselves: the provider's own client, its published schemas."""

import array
import contextlib
import json
import os
import pathlib
import re
import sqlite3
import subprocess
import unittest
import wave

import harness
from audit_case import SHARED, AuditCase
from speech_case import FAKE_WHISPER, KEY, KnownCall, settings_of
from test_s3 import FakeS3
from test_uploads import multipart

GUIDES = ("docs/operate/speech.md", "docs/operate/speech.es.md")
ENGINES = ("azure", "openai", "whisper_server")


class EngineCase(AuditCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.call = cls.enterClassContext(KnownCall())

    def hear(self, engine, *arguments, audio=None, **env):
        """(exit code, what is printed) of hearing the call."""
        done = harness.run_program("redact", audio or self.call.audio, "--json", "--agent-channel", "0", *arguments,
                                   env=harness.environment(**self.call.env(engine), **env), seconds=60)
        self.assertNotIn(KEY, done.stdout.decode() + done.stderr.decode())
        lines = harness.json_lines(done.stdout)
        self.assertEqual(len(lines), 1, done)
        return done.returncode, lines[0]

    def transcript(self, engine, *arguments, **more):
        code, said = self.hear(engine, *arguments, **more)
        self.assertEqual(code, 0, said)
        return said["transcript"]


class Engines(EngineCase):
    def test_one_conversation_differs_between_engines_in_confidence_alone(self):
        heard = {engine: self.transcript(engine) for engine in ENGINES}
        wanted = [(each["channel"], "agent" if each["channel"] == 0 else "customer", each["text"], each["start_ms"],
                   each["end_ms"]) for each in self.call.entry["segments"]]
        for engine, transcript in heard.items():
            with self.subTest(engine=engine):
                self.assertEqual(transcript["language"], "es")
                self.assertEqual([(each["channel"], each["speaker"], each["text"]) for each in transcript["segments"]],
                                 [row[:3] for row in wanted])
                for each, row in zip(transcript["segments"], wanted, strict=True):
                    self.assertAlmostEqual(each["start_ms"], row[3], delta=40)
                    self.assertAlmostEqual(each["end_ms"], row[4], delta=40)
                    self.assertTrue(0 < each["confidence"] <= 1)
                    self.assertTrue(each["words"])
        confidence = {engine: transcript["segments"][0]["confidence"] for engine, transcript in heard.items()}
        self.assertEqual(len(set(confidence.values())), 3, confidence)

    def test_silence_is_not_sent(self):
        self.call.openai.asked.clear()
        self.transcript("openai")
        sent = sum(file["bytes"] for call in self.call.openai.asked for file in call["files"]) / 32_000
        whole = 2 * (self.call.entry["segments"][-1]["end_ms"] + 500) / 1000
        self.assertLess(sent, 0.7 * whole)

    def test_a_scorecard_judges_what_was_heard(self):
        done = self.run_audit(self.call.audio, "--language", "es", "--agent-channel", "0",
                              env=harness.environment(**self.call.env("azure")))
        self.assertEqual(done.returncode, 0, done)
        audit = json.loads(done.stdout)
        self.assertEqual((audit["language"], audit["auditable"]), ("es", True))
        self.assertTrue(audit["saludo_correcto"] and audit["ofrece_ayuda"] and audit["despedida_correcta"])

    def test_words_to_expect_and_languages_to_choose_from_reach_the_engine(self):
        more = {"OIDOR_SPEECH_PHRASES": "Plan Familia, Cablevisión", "OIDOR_SPEECH_LANGUAGES": "es, pt"}
        self.transcript("azure", **more)
        definition = self.call.azure.asked[-1]["definition"]
        self.assertEqual(definition["locales"], ["es-AR", "pt-BR"])
        self.assertEqual(definition["phraseList"]["phrases"], ["Plan Familia", "Cablevisión"])
        self.call.openai.asked.clear()
        self.transcript("openai", **more)
        self.assertNotIn("language", self.call.openai.asked[0]["fields"])
        self.assertEqual(self.call.openai.asked[0]["fields"]["prompt"], ["Plan Familia, Cablevisión"])
        self.assertEqual(self.call.openai.asked[-1]["fields"]["language"], ["es"])

    def test_faults_have_their_exit_codes_and_tell_no_secret(self):
        for engine, sim in (("azure", self.call.azure), ("openai", self.call.openai)):
            for fault, name, code in (("401", "Unauthenticated", 3), ("403", "Forbidden", 3), ("404", "NotFound", 4),
                                      ("413", "TooLarge", 6), ("415", "Unsupported", 6), ("429_long", "RateLimited", 7),
                                      ("quota", "Forbidden", 3)):
                with self.subTest(engine=engine, fault=fault):
                    sim.faults = [fault]
                    exit_code, said = self.hear(engine)
                    self.assertEqual((said["error"]["code"], exit_code), (name, code), said)
                    self.assertIn("engine " + engine, said["error"]["message"])
            for fault in ("503", "cut", "bad_json"):
                with self.subTest(engine=engine, fault=fault):
                    sim.faults = [fault]
                    self.assertEqual(len(self.transcript(engine)["segments"]), 5)
            sim.faults = []

    def test_six_channels_are_heard_where_somebody_speaks(self):
        six = self.call.path / "six.wav"
        with wave.open(str(self.call.audio)) as two, wave.open(str(six), "wb") as audio:
            audio.setparams((6, 2, two.getframerate(), 0, "NONE", ""))
            pairs = memoryview(two.readframes(two.getnframes())).cast("h")
            frames = array.array("h", bytes(2 * 3 * len(pairs)))
            frames[2::6], frames[5::6] = (array.array("h", pairs[channel::2]) for channel in (0, 1))
            audio.writeframes(frames.tobytes())
        wanted = [({0: 2, 1: 5}[each["channel"]], each["text"]) for each in self.call.entry["segments"]]
        for engine in ENGINES:
            with self.subTest(engine=engine):
                transcript = self.transcript(engine, audio=six)
                self.assertEqual([(each["channel"], each["text"]) for each in transcript["segments"]], wanted)

    def test_batch_says_that_it_needs_a_bucket(self):
        exit_code, said = self.hear("azure_batch")
        self.assertEqual((said["error"]["code"], exit_code), ("Unsupported", 6), said)
        self.assertIn("blobs.url", said["error"]["message"])

    def test_settings_that_are_missing_are_named(self):
        for engine, setting in (("azure", "speech.azure.key"), ("openai", "speech.openai.url"),
                                ("whisper_server", "speech.whisper_server.model")):
            with self.subTest(engine=engine):
                env = harness.environment(OIDOR_SPEECH_ENGINE=engine)
                done = harness.run_program("redact", self.call.audio, "--json", env=env)
                self.assertEqual(done.returncode, 6, done)
                self.assertIn(setting, json.loads(done.stdout)["error"]["message"])
                told = harness.run_program("doctor", "--json", env=env, data=self.call.path / "data")
                speech = next(row for row in harness.json_lines(told.stdout) if row["subject"] == "speech")
                self.assertIn(setting, speech["words"])

    def test_the_neighbour_process_ends_with_us_and_leaves_nothing_behind(self):
        self.transcript("whisper_server")
        runs = harness.json_lines((self.call.path / "ggml-test.bin.runs").read_text(encoding="utf-8"))
        for run in runs:
            with self.assertRaises(ProcessLookupError):
                os.kill(run["pid"], 0)
            self.assertNotIn("AZURE_SPEECH_KEY", run["environment"])


class Server(EngineCase):
    def serve(self, engine, **more):
        server = harness.Server(env={**self.call.env(engine), "OIDOR_AGENT_CHANNEL": "0", **more})
        self.addCleanup(server.remove_data)
        server.start()
        self.addCleanup(server.stop)
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("agents", "set", "300", "--name", "Lucía")):
            self.assertEqual(server.cli(*words).returncode, 0)
        return server

    def upload(self, server):
        content_type, body = multipart({"campaign_id": "1", "operator_id": "300", "username": "ana"},
                                       ("call.wav", self.call.audio.read_bytes()))
        answer = server.post("/upload", body, headers={"X-API-Key": server.create_key("webhook:file/default"),
                                                       "Content-Type": content_type})
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["task_id"]

    def audited(self, server, task_id):
        reader = server.create_key("audits:read", "content:read")

        def reached():
            item = server.get("/api/v1/conversations/" + task_id, key=reader).json()
            return item if item["state"] == "audited" else None
        return harness.wait_until(reached, 40, "the call to be audited")

    def test_an_outage_of_the_engine_delays_a_call_and_loses_nothing(self):
        server = self.serve("openai")
        self.call.openai.faults = ["503"] * 3
        item = self.audited(server, self.upload(server))
        self.assertEqual(len(item["transcript"]["segments"]), 5)
        self.assertEqual({each["speaker"] for each in item["transcript"]["segments"]}, {"agent", "customer"})

    def test_a_batch_order_is_placed_once_and_read_by_the_process_after(self):
        bucket = FakeS3()
        self.addCleanup(bucket.close)
        azure = self.call.azure
        self.addCleanup(setattr, azure, "polls_until_done", azure.polls_until_done)
        azure.polls_until_done = 1
        placed = len(azure.jobs)
        server = self.serve("azure_batch", S3_BUCKET="recordings", S3_ENDPOINT=bucket.endpoint, S3_ACCESS_KEY="test-access",
                            S3_SECRET_KEY="test-secret", OIDOR_SPEECH_PRICES="azure_batch 0.36/h", OIDOR_SPEECH_BUDGET_PER_DAY="1")
        task_id = self.upload(server)
        reader = server.create_key("audits:read")

        def lines():
            return server.get(f"/api/v1/conversations/{task_id}/costs", key=reader).json()["items"]
        harness.wait_until(lambda: [(line["state"], line["sent_s"] > 0) for line in lines()] == [("open", True)], 40,
                           "the open line of the order")
        spent = server.get("/api/v1/costs/budget", key=reader).json()["spent"]
        self.assertGreater(spent, 0)
        server.stop()
        azure.polls_until_done = 0  # The service worked meanwhile.
        with contextlib.closing(sqlite3.connect(server.data / "oidor.db", isolation_level=None)) as store:
            moved = store.execute("UPDATE jobs SET run_at = 0 WHERE kind = 'transcribe' AND state = 'queued'")
            self.assertEqual(moved.rowcount, 1)
        server.start()
        item = self.audited(server, task_id)
        self.assertEqual([(each["channel"], each["text"]) for each in item["transcript"]["segments"]],
                         [(each["channel"], each["text"]) for each in self.call.entry["segments"]])
        self.assertEqual(len(azure.jobs), placed + 1)
        self.assertEqual([line["state"] for line in lines()], ["paid"])
        self.assertEqual(server.get("/api/v1/costs/budget", key=reader).json()["spent"], spent)

    def test_the_neighbour_dies_in_the_middle_and_the_job_is_done_all_the_same(self):
        model = self.call.path / "ggml-dies.bin"
        model.write_text(json.dumps({"catalogue": "calls.json", "runs": [{"die_after": 1}, {}]}), encoding="utf-8")
        env = settings_of("whisper_server", folder=self.call.path)
        env["OIDOR_SPEECH_WHISPER_SERVER_MODEL"] = model
        server = harness.Server(env={**env, "OIDOR_AGENT_CHANNEL": "0"})
        self.addCleanup(server.remove_data)
        server.start()
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("agents", "set", "300", "--name", "Lucía")):
            self.assertEqual(server.cli(*words).returncode, 0)
        item = self.audited(server, self.upload(server))
        self.assertEqual(len(item["transcript"]["segments"]), 5)
        runs = harness.json_lines((self.call.path / "ggml-dies.bin.runs").read_text(encoding="utf-8"))
        self.assertEqual(len(runs), 2)
        # However we end, it ends too.
        os.kill(runs[1]["pid"], 0)
        server.kill()

        def gone():
            try:
                state = pathlib.Path(f"/proc/{runs[1]['pid']}/stat").read_text(encoding="utf-8")
            except (FileNotFoundError, ProcessLookupError):
                return True
            # Ended, and nobody asked how: a container's first process may not.
            return state.rpartition(")")[2].split()[0] == "Z"
        harness.wait_until(gone, 10, "the neighbour to end")


class Simulators(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.call = cls.enterClassContext(KnownCall())

    def test_the_providers_own_client_is_content(self):
        python = harness.ROOT / ".venv/bin/python"
        self.assertTrue(python.is_file(), "scripts/install-deps.sh test makes it")
        sim = self.call.openai
        # Nothing for the first seven transcriptions, of which five are refused by the rules.
        sim.faults = [""] * 7 + ["429", "500", "", "429", "413", "cut"]
        done = subprocess.run([python, harness.ROOT / "tests/models/transcription_probe.py", sim.url, KEY, self.call.audio],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        found = json.loads(done.stdout)
        pinned = re.search(r"^openai==(\S+)$", (harness.ROOT / "tests/requirements.txt").read_text(), re.M)[1]
        self.assertEqual(found["version"], pinned)
        self.assertIn("whisper-1", found["models"])
        self.assertEqual(found["language"], "spanish")
        self.assertEqual([[start, end] for start, end, _ in found["segments"]],
                         [[each["start_ms"] / 1000, each["end_ms"] / 1000] for each in self.call.entry["segments"]])
        self.assertEqual(found["words"], sum(len(each["text"].split()) for each in self.call.entry["segments"]))
        self.assertEqual(found["plain"], found["text"])
        self.assertEqual(found["diarized"], ["A", "B", "A", "B", "A"])
        self.assertEqual(found["after_429_and_500"], found["text"])
        for name, error in {"wrong_form": "BadRequestError", "no_chunks": "BadRequestError", "unknown_model": "NotFoundError",
                            "wrong_key": "AuthenticationError", "once_429": "RateLimitError", "once_413": "APIStatusError"}.items():
            self.assertEqual(found[name], error, name)
        self.assertIsNotNone(found["cut"])

    def test_azures_own_client_is_content(self):
        sim = self.call.azure
        sim.faults = [""] * 3 + ["429", "500", "", "429"]
        done = subprocess.run([harness.ROOT / ".venv/bin/python", harness.ROOT / "tests/models/azure_probe.py", sim.url, KEY,
                               self.call.audio, "2025-10-15"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120,
                              check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        found = json.loads(done.stdout)
        pinned = re.search(r"^azure-ai-transcription==(\S+)$", (harness.ROOT / "tests/requirements.txt").read_text(), re.M)[1]
        self.assertEqual(found["version"], pinned)
        by_channel = sorted(self.call.entry["segments"], key=lambda each: (each["channel"], each["start_ms"]))
        wanted = [[each["channel"], None, "es-AR", each["start_ms"], each["end_ms"] - each["start_ms"], each["text"]]
                  for each in by_channel]
        self.assertEqual([row[:6] for row in found["phrases"]], wanted)
        self.assertEqual([row[7] for row in found["phrases"]], [len(each["text"].split()) for each in by_channel])
        self.assertEqual(found["combined"], [[channel, " ".join(row[5] for row in wanted if row[0] == channel)]
                                             for channel in (0, 1)])
        self.assertEqual([row[1] for row in found["diarized"]], [1, 2, 1, 2, 1])
        self.assertEqual(found["phrase_list"], found["phrases"])
        self.assertEqual(found["after_429_and_500"], found["phrases"])
        self.assertEqual((found["once_429"], found["wrong_key"], found["unknown_locale"]),
                         ("HttpResponseError", "ClientAuthenticationError", "HttpResponseError"))

    @unittest.skipUnless((SHARED / "specs").is_dir(), "wants ../shared/specs")
    def test_azures_published_schemas_hold_for_requests_and_answers(self):
        spec = json.loads((SHARED / "specs/azure-speechtotext.json").read_text(encoding="utf-8"))
        result = json.loads((SHARED / "specs/azure-transcriptionresult-v3.schema.json").read_text(encoding="utf-8"))
        sim = self.call.azure
        data = self.call.audio.read_bytes()
        heard = sim.catalogue.find(data)
        for channels, voices in (([0, 1], False), (None, True)):
            check(sim.fast_result(heard, channels, voices, ["es-AR"]), spec, spec["definitions"]["TranscribeResult"])
        # What our program asks.
        done = harness.run_program("redact", self.call.audio, "--json", env=harness.environment(**self.call.env("azure")))
        self.assertEqual(done.returncode, 0, done)
        check(sim.asked[-1]["definition"], spec, spec["definitions"]["TranscribeDefinition"], requests=True)
        # A batch job, from order to result.
        order = {"displayName": "oidor-1", "locale": "es-AR", "contentUrls": [self.call.audio.as_uri()],
                 "properties": {"timeToLiveHours": 24, "channels": [0, 1], "wordLevelTimestampsEnabled": True,
                                "displayFormWordLevelTimestampsEnabled": True, "punctuationMode": "DictatedAndAutomatic",
                                "profanityFilterMode": "None"}}
        check(order, spec, spec["definitions"]["Transcription"], requests=True)
        status, job, headers = sim.submit(order, "")
        self.assertEqual((status, headers["Location"]), (201, job["self"]))
        check(job, spec, spec["definitions"]["Transcription"])
        number = next(iter(sim.jobs))
        check(sim.look(number)[1], spec, spec["definitions"]["Transcription"])
        check(sim.list_jobs({})[1], spec, spec["definitions"]["PaginatedTranscriptions"])
        check(sim.files(number)[1], spec, spec["definitions"]["PaginatedFiles"])

        class Asker:
            headers = {}
        check(sim.result(Asker, number, "")[1], result, result)
        for status in (401, 429, 500):
            body = sim.error_body(status)
            if "error" not in body:  # the gateway's own form is not published
                check(body, spec, spec["definitions"]["Error"])

    @unittest.skipUnless((SHARED / "specs").is_dir(), "wants ../shared/specs")
    def test_openais_published_fields_are_what_we_send_and_its_forms_what_we_read(self):
        spec = json.loads((SHARED / "specs/openai.json").read_text(encoding="utf-8"))
        schemas = spec["components"]["schemas"]
        known = set(schemas["CreateTranscriptionRequest"]["properties"])
        self.call.openai.asked.clear()
        done = harness.run_program("redact", self.call.audio, "--json", env=harness.environment(**self.call.env("openai")))
        self.assertEqual(done.returncode, 0, done)
        for call in self.call.openai.asked:
            self.assertLessEqual({name.removesuffix("[]") for name in call["fields"]}, known)
        heard = self.call.openai.catalogue.find(self.call.audio.read_bytes())
        fields = {"timestamp_granularities[]": ["segment", "word"]}
        for form, schema in (("verbose_json", "CreateTranscriptionResponseVerboseJson"),
                             ("diarized_json", "CreateTranscriptionResponseDiarizedJson")):
            check(self.call.openai.answer(form, heard, fields), spec, schemas[schema])

    def test_the_checker_of_schemas_finds_what_is_wrong(self):
        schema = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer"}, "b": {"enum": ["x"]}}}
        check({"a": 1, "b": "x", "c": None}, schema, schema)
        for value in ({}, {"a": "1"}, [], {"a": True}):
            with self.assertRaises(AssertionError):
                check(value, schema, schema)
        with self.assertRaises(AssertionError):
            check({"a": 1, "b": "y"}, schema, schema, requests=True)

    def test_it_knows_a_part_of_a_call_by_its_samples(self):
        data = self.call.audio.read_bytes()
        self.assertEqual(len(self.call.azure.catalogue.find(data).segments), 5)
        known = self.call.azure.catalogue.recordings[0]
        track = known.wave.channels[1]
        begin = (known.segments[1]["start_ms"] - 250) * 32
        part = track[begin:(known.segments[1]["end_ms"] + 100) * 32]
        header = data[:22] + (1).to_bytes(2, "little") + data[24:28] + (32000).to_bytes(4, "little") + (2).to_bytes(2, "little") \
            + data[34:40] + len(part).to_bytes(4, "little")
        heard = self.call.azure.catalogue.find(header + part)
        self.assertEqual([(each["channel"], each["start_ms"], each["text"]) for each in heard.segments],
                         [(0, 250, "Quiero cambiar mi dirección.")])
        self.assertEqual(self.call.azure.catalogue.find(b"ID3 nobody knows this").segments, [])


TYPES = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


def resolve(schema, document):
    while "$ref" in schema:
        at = document
        for name in schema["$ref"].removeprefix("#").strip("/").split("/"):
            at = at[name]
        schema = at
    return schema


def check(value, document, schema, requests=False, path="$"):
    """Types, what must be there, and, in requests, enumerations: what of JSON Schema the published files use. Answers
    may have more members, and null where nothing is."""
    schema = resolve(schema, document)
    for part in schema.get("allOf", ()):
        check(value, document, part, requests, path)
    for key in ("anyOf", "oneOf"):
        if key in schema:
            assert any(holds(value, document, part, requests) for part in schema[key]), f"{path}: none of {key}"
    kinds = schema.get("type", [])
    kinds = [kinds] if isinstance(kinds, str) else kinds
    if value is None:
        return
    if kinds:
        is_bool = isinstance(value, bool)
        assert any(isinstance(value, TYPES[kind]) and (kind == "boolean") == is_bool
                   for kind in kinds if kind in TYPES), f"{path}: {value!r} is no {kinds}"
    if requests and "enum" in schema:
        assert value in schema["enum"], f"{path}: {value!r} is none of {schema['enum']}"
    if isinstance(value, dict):
        for name in schema.get("required", ()):
            assert name in value, f"{path}: no {name}"
        for name, part in schema.get("properties", {}).items():
            if name in value:
                check(value[name], document, part, requests, f"{path}.{name}")
    if isinstance(value, list) and "items" in schema:
        for number, item in enumerate(value):
            check(item, document, schema["items"], requests, f"{path}[{number}]")


def holds(value, document, schema, requests):
    try:
        check(value, document, schema, requests)
    except AssertionError:
        return False
    return True


class Guides(AuditCase):
    def test_the_example_settings_are_taken_and_are_the_same_in_both_languages(self):
        blocks = [re.findall(r"^```toml\n(.*?)^```$", (harness.ROOT / guide).read_text(encoding="utf-8"), re.M | re.S)
                  for guide in GUIDES]
        settings = [[re.sub(r"\s*#.*", "", block) for block in each] for each in blocks]
        self.assertEqual(settings[0], settings[1])
        self.assertGreaterEqual(len(settings[0]), 6)
        for block in blocks[0]:
            with self.subTest(block=block):
                config = self.write("oidor.toml", block)
                done = harness.run_program("config", "check", "--config", config,
                                           env=harness.environment(AZURE_SPEECH_KEY="k", OPENAI_API_KEY="k"))
                self.assertEqual(done.returncode, 0, done)

    def test_the_fake_program_takes_the_flags_of_the_real_one(self):
        done = subprocess.run([FAKE_WHISPER, "--help"], stdout=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0)
        for flag in ("--model", "--host", "--port", "--threads", "--vad", "--vad-model"):
            self.assertIn(flag, done.stdout.decode())


if __name__ == "__main__":
    unittest.main()
