"""A language model behind `oidor audit --model`, `oidor models`, the server's step `ask` and /tasks/{id}/chat: an endpoint
that the provider's own client is content with, and what our program makes of the same endpoint."""

import contextlib
import json
import pathlib
import re
import sqlite3
import subprocess
import sys
import unittest
import uuid

import harness
from audit_case import AuditCase, criterion, segment, transcript
from webhook_case import WebhookCase, event, new_id, start_event, talk_event

sys.path.insert(0, str(harness.ROOT / "src/models"))
from simulator import Simulator  # noqa: E402 - lies beside the room's code

MODEL = "small-2026-01-01"
KEY = "sk-simulated"
GUIDES = ("docs/guide/model-questions.md", "docs/guide/model-questions.es.md")


def guide_scorecard(guide=GUIDES[0]):
    """The scorecard that the guide shows."""
    blocks = re.findall(r"^```toml\n(.*?)^```$", (harness.ROOT / guide).read_text(encoding="utf-8"), re.M | re.S)
    return next(block for block in blocks if "[[criteria]]" in block)


def call():
    return transcript(segment("agent", "Buenos días, le habla Lucía.", 0, 1900),
                      segment("customer", "No tengo servicio desde ayer.", 2000, 4000),
                      segment("agent", "Lamento lo ocurrido, le envío un técnico mañana a las nueve.", 5000, 9000))


def model_env(sim, **more):
    return {"OIDOR_MODELS_URL": sim.url, "OIDOR_MODELS_MODEL": MODEL, "OPENAI_API_KEY": KEY,
            "OIDOR_MODELS_PRICE_INPUT_USD": "0.15", "OIDOR_MODELS_PRICE_OUTPUT_USD": "0.60", **more}


GOOD = {"ofrece_solucion": ("yes", 2, "le envío un técnico mañana"), "empatia": (32, 2, "Lamento lo ocurrido")}


class ProvidersOwnClient(unittest.TestCase):
    def test_the_providers_client_is_content_with_the_simulator(self):
        python = harness.ROOT / ".venv/bin/python"
        self.assertTrue(python.is_file(), "scripts/install-deps.sh test makes it")
        with Simulator(key=KEY, models=(MODEL,)) as sim:
            sim.seconds_of_timeout = 2
            # Nothing for the first six calls, which try forms; the client repeats 429 and 500 by itself.
            sim.faults = [""] * 5 + ["429", "500", "", "429", "500", "quota", "refusal", "length", "content_filter",
                                     "tool_call", "no_usage", "timeout"]
            done = subprocess.run([python, harness.ROOT / "tests/models/sdk_probe.py", sim.url, KEY, MODEL],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=120, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        found = json.loads(done.stdout)
        pinned = re.search(r"^openai==(\S+)$", (harness.ROOT / "tests/requirements.txt").read_text(), re.M)[1]
        self.assertEqual(found["version"], pinned)
        self.assertEqual(found["models"], [MODEL])
        self.assertEqual((found["finish"], found["content"]), ("stop", '{"answers": {}}'))
        self.assertGreater(found["tokens"], 0)
        self.assertEqual(found["cached"], 0)
        for name, error in {"open_schema": "BadRequestError", "bad_name": "BadRequestError", "no_messages": "BadRequestError",
                            "unknown_model": "NotFoundError", "wrong_key": "AuthenticationError",
                            "once_429": "RateLimitError", "once_500": "InternalServerError", "quota": "RateLimitError",
                            "timeout": "APITimeoutError"}.items():
            self.assertEqual(found[name], error, name)
        self.assertEqual(found["after_429_and_500"], "stop")
        self.assertIn("can't assist", found["refusal"])
        self.assertEqual((found["length"], found["filtered"]), ("length", "content_filter"))
        self.assertEqual(found["tool"], "set_score")
        self.assertIsNone(found["no_usage"])


class Files(AuditCase):
    def ask(self, sim, *arguments, value=None, **env):
        scorecard = self.write("soporte.toml", guide_scorecard())
        return self.run_audit(self.write("call.json", value or call()), "--scorecard", scorecard, *arguments,
                              env=harness.environment(**model_env(sim, **env)))

    def audit_with(self, sim, *arguments, **named):
        done = self.ask(sim, *arguments, **named)
        self.assertEqual(done.returncode, 0, done)
        return json.loads(done.stdout)

    def test_the_guides_scorecard_is_answered_with_quotes(self):
        self.assertEqual(guide_scorecard(GUIDES[0]), guide_scorecard(GUIDES[1]))
        with Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)) as sim:
            audit = self.audit_with(sim, "--model", "--verify")
        self.assertEqual(len(sim.asked), 1)
        solution, empathy = criterion(audit, "ofrece_solucion"), criterion(audit, "empatia")
        self.assertEqual((solution["outcome"], solution["points"]), ("pass", 60))
        self.assertEqual(solution["evidence"][0]["quote"], "le envío un técnico mañana")
        self.assertEqual(solution["evidence"][0]["segment"], 2)
        self.assertEqual(empathy["points"], 32)
        self.assertEqual(audit["quality_score"], 92)
        self.assertRegex(audit["receipt"]["answers_sha256"], "^[0-9a-f]{64}$")

    def test_without_the_option_nothing_is_asked_and_nothing_is_known(self):
        with Simulator(key=KEY, models=(MODEL,)) as sim:
            audit = self.audit_with(sim)
        self.assertEqual(sim.asked, [])
        self.assertEqual({row["outcome"] for row in audit["criteria"]}, {"unknown"})
        self.assertIsNone(audit["receipt"]["answers_sha256"])

    def test_an_invented_quote_is_asked_for_once_more_and_then_unknown(self):
        with Simulator(key=KEY, models=(MODEL,),
                       replies={**GOOD, "ofrece_solucion": ("yes", 2, "le regalo dos meses")}) as sim:
            audit = self.audit_with(sim, "--model")
        self.assertEqual(len(sim.asked), 2)
        self.assertEqual([message["role"] for message in sim.asked[1]["messages"]],
                         ["system", "user", "assistant", "user"])
        self.assertIn("answers.ofrece_solucion", sim.asked[1]["messages"][3]["content"])
        self.assertEqual(criterion(audit, "ofrece_solucion")["outcome"], "unknown")
        self.assertEqual(criterion(audit, "empatia")["points"], 32)
        self.assertTrue(audit["needs_review"])

    def test_a_score_beyond_its_range_is_held_to_it(self):
        with Simulator(key=KEY, models=(MODEL,), replies={**GOOD, "empatia": (4000, 2, "Lamento lo ocurrido")}) as sim:
            self.assertEqual(criterion(self.audit_with(sim, "--model"), "empatia")["points"], 40)

    def test_what_a_server_does_not_take_is_left_out(self):
        for fault, calls in (("no_json_schema", 3), ("json_object_only", 2), ("old_token_name", 2), ("fenced", 1),
                             ("no_usage", 1), ("500", 2), ("429", 2), ("empty_choices", 2), ("tool_call", 2)):
            with self.subTest(fault=fault), Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD), faults=[fault]) as sim:
                audit = self.audit_with(sim, "--model")
                self.assertEqual(criterion(audit, "empatia")["points"], 32)
                self.assertEqual(len(sim.asked), calls)

    def test_refusals_and_broken_replies_are_unknown_and_cost_nothing(self):
        for fault in ("refusal", "content_filter", "length", "invalid_json"):
            with self.subTest(fault=fault), Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD), always=fault) as sim:
                audit = self.audit_with(sim, "--model")
                self.assertEqual({row["outcome"] for row in audit["criteria"]}, {"unknown"})
                self.assertLessEqual(len(sim.asked), 2)

    def test_an_endpoint_that_fails_says_how(self):
        for fault, code, name in (("401", 3, "Unauthenticated"), ("403", 3, "Forbidden"), ("404", 4, "NotFound"),
                                  ("quota", 3, "Forbidden"), ("429_long", 7, "RateLimited"), ("500", 7, "Unavailable")):
            with self.subTest(fault=fault), Simulator(key=KEY, models=(MODEL,), always=fault) as sim:
                done = self.ask(sim, "--model")
                self.assertEqual(done.returncode, code, done)
                error = json.loads(done.stdout)["error"]
                self.assertEqual(error["code"], name)
                self.assertNotIn(KEY, done.stderr.decode() + error["message"])
                self.assertNotIn("técnico", done.stderr.decode() + error["message"])

    def test_a_slow_endpoint_times_out(self):
        with Simulator(key=KEY, models=(MODEL,), always="timeout") as sim:
            done = self.ask(sim, "--model", OIDOR_MODELS_TIMEOUT="1s")
        self.assertEqual(done.returncode, 7, done)
        self.assertEqual(json.loads(done.stdout)["error"]["code"], "Timeout")

    def test_the_budget_holds_for_a_run_and_a_long_call_is_not_sent(self):
        with Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)) as sim:
            audit = self.audit_with(sim, "--model", OIDOR_MODELS_TRANSCRIPT_BYTES_MAX="1024",
                                    value=transcript(segment("agent", "palabra " * 400, 0, 1000)))
            self.assertEqual({row["outcome"] for row in audit["criteria"]}, {"unknown"})
            self.assertEqual(sim.asked, [])
            folder = self.folder / "many"
            for number in range(3):
                self.write(f"many/{number}.json", call())
            done = self.run_audit(folder, "--model", "--scorecard", self.write("soporte.toml", guide_scorecard()),
                                  env=harness.environment(**model_env(sim, OIDOR_MODELS_DAILY_BUDGET_TOKENS="10")))
            self.assertEqual(done.returncode, 7, done)
            self.assertEqual(len(sim.asked), 1)

    def test_a_budget_in_dollars_without_prices_is_refused_before_anything_is_asked(self):
        with Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)) as sim:
            done = self.ask(sim, "--model", OIDOR_MODELS_DAILY_BUDGET_USD="5.00", OIDOR_MODELS_PRICE_INPUT_USD="0")
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(b"models.price_input_usd", done.stderr)
            self.assertEqual(sim.asked, [])

    def test_tokens_that_nobody_states_are_reckoned_by_bytes_and_the_budget_sees_them(self):
        with Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD), always="no_usage") as sim:
            for number in range(3):
                self.write(f"many/{number}.json", call())
            done = self.run_audit(self.folder / "many", "--model", "--scorecard", self.write("soporte.toml", guide_scorecard()),
                                  env=harness.environment(**model_env(sim, OIDOR_MODELS_DAILY_BUDGET_TOKENS="10")))
            self.assertEqual(done.returncode, 7, done)
            self.assertEqual(len(sim.asked), 1)

    def test_fields_are_asked_for_in_the_same_call_and_printed(self):
        with Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)) as sim:
            audit = self.audit_with(sim, "--model", "--fields", "--verify")
            self.assertEqual(len(sim.asked), 1)
            self.assertEqual(audit["fields"]["reason"]["value"], "consulta")
            self.assertEqual([tag["value"] for tag in audit["fields"]["tags"]], ["CONSULTA"])
            plain = self.audit_with(sim, "--model")
            self.assertNotIn("fields", plain)
            words = harness.run_program("audit", self.write("call.json", call()), "--scorecard", self.folder / "soporte.toml",
                                        "--model", "--fields", env=harness.environment(**model_env(sim)))
            self.assertIn("CONSULTA", words.stdout.decode())
        done = self.ask(sim, "--fields")
        self.assertEqual(done.returncode, 2, done)

    def test_a_model_that_is_not_configured_is_said_so(self):
        scorecard = self.write("soporte.toml", guide_scorecard())
        done = self.run_audit(self.write("call.json", call()), "--model", "--scorecard", scorecard)
        self.assertEqual(done.returncode, 6, done)
        self.assertIn(b"models.url", done.stderr)


class Check(AuditCase):
    def check(self, sim, *arguments):
        env = harness.environment(**(model_env(sim) if sim else {}))
        return harness.run_program("models", "check", *arguments, env=env)

    def test_one_call_proves_the_model(self):
        with Simulator(key=KEY, models=(MODEL,)) as sim:
            done = self.check(sim, "--json")
            self.assertEqual(done.returncode, 0, done)
            said = json.loads(done.stdout)
            self.assertEqual(len(sim.asked), 1)
            self.assertEqual((said["model"], said["model_answered"], said["state"]), (MODEL, MODEL, "verified"))
            self.assertGreater(said["prompt_tokens"], 0)
            self.assertGreater(said["cost_micros"], 0)
            self.assertIn("temperature", sim.asked[0])
            words = self.check(sim)
            self.assertEqual(words.returncode, 0, words)
            self.assertIn(MODEL, words.stdout.decode())

    def test_a_model_that_does_not_quote_is_no_use(self):
        with Simulator(key=KEY, models=(MODEL,), replies={"saludo": ("yes", 0, "hola qué tal")}) as sim:
            self.assertEqual(self.check(sim).returncode, 6)

    def test_without_a_model_it_says_what_to_set(self):
        done = self.check(None)
        self.assertEqual(done.returncode, 6, done)
        self.assertIn(b"models.url", done.stderr)


class Served(WebhookCase):
    """Calls of campaign 1 are judged by the guide's scorecard."""

    @classmethod
    def setUpClass(cls):
        cls.sim = Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)).__enter__()
        cls.addClassCleanup(cls.sim.__exit__)
        cls.more_env = model_env(cls.sim, OIDOR_MODELS_FIELDS="true")
        super().setUpClass()
        path = pathlib.Path(cls.server.data) / "soporte.toml"
        path.write_text(guide_scorecard(), encoding="utf-8")
        for words in (("scorecard", "publish", str(path)), ("scorecard", "bind", "soporte-es", "--campaign", "1")):
            done = cls.server.cli(*words)
            assert done.returncode == 0, done

    def judged(self, words=None, **more):
        cdrid = new_id()
        self.accept(event(cdrid, **more))
        self.assertIn(self.put_transcript(cdrid, words or call()).status, (200, 201))
        return self.wait(cdrid, "audited")

    def metric(self, name):
        text = self.server.get("/metrics").text
        return sum(float(line.split()[-1]) for line in text.splitlines() if line.startswith((name + " ", name + "{")))

    def audit_of(self, item):
        return next(audit for audit in self.whole(item)["audits"] if audit["scorecard"]["id"] == "soporte-es")

    def test_a_call_is_asked_about_once_before_it_is_judged(self):
        before = len(self.sim.asked)
        item = self.judged()
        audit = self.audit_of(item)
        self.assertEqual(audit["quality_score"], 92)
        self.assertRegex(audit["receipt"]["answers_sha256"], "^[0-9a-f]{64}$")
        self.assertEqual(len(self.sim.asked), before + 1)
        answers = self.server.get(f"/api/v1/conversations/{item['id']}/answers", key=self.reader).json()
        self.assertEqual(answers["fields"]["reason"]["value"], "consulta")
        self.assertEqual(answers["fields"]["reason"]["evidence"]["quote"], "No tengo servicio desde")
        self.assertEqual(answers["model"], MODEL)
        tags = self.server.get(f"/tags/{item['id']}", key=self.reader).json()
        self.assertEqual(tags["tags"], ["CONSULTA"])
        agent = self.server.get(f"/agent-identification/{item['id']}", key=self.reader).json()
        self.assertIsNone(agent["agent_channel"])
        self.assertGreaterEqual(self.metric("oidor_models_calls_total") + self.metric("models_calls_total"), 1)

    def test_the_predecessors_audit_adds_scores_by_targets(self):
        item = self.judged()
        answer = self.server.post("/audit/generate", {"task_uuid": item["id"], "is_call": True}, key=self.reader)
        self.assertEqual(answer.status, 200, answer)
        audit = answer.json()
        self.assertEqual((audit["score"], audit["approval_score"], audit["failure"]), (92, 70, False))
        self.assertEqual([(row["target_score"], row["score"]) for row in audit["criteria"]], [(60, 60), (40, 32)])
        done = self.server.cli("campaigns", "set", "1", "--name", "Ventas", "--approval-score", "95")
        self.assertEqual(done.returncode, 0, done)
        again = self.server.post("/audit/generate", {"task_uuid": item["id"]}, key=self.reader).json()
        self.assertEqual((again["approval_score"], again["failure"]), (95, True))
        done = self.server.cli("campaigns", "set", "1", "--name", "Ventas")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.server.post("/audit/generate", {}, key=self.reader).status, 400)
        self.assertEqual(audit["criteria"][0]["question"],
                         re.search(r'^question = "(.*)"$', guide_scorecard(), re.M)[1])

    def test_each_agent_of_a_task_has_an_audit_and_the_lowest_stands_for_it(self):
        cdrid = new_id()
        self.accept(talk_event(cdrid, queueagentextension="300"))
        self.accept(event(cdrid, queueagentextension="301", queueagentname="Otra"))
        self.assertIn(self.put_transcript(cdrid, call()).status, (200, 201))
        item = self.wait(cdrid, "audited")
        def generate():
            return self.server.post("/audit/generate", {"task_uuid": item["id"]}, key=self.reader).json()
        harness.wait_until(lambda: "audits" in generate(), 20, "an audit of each agent")
        said = generate()
        self.assertEqual(len(said["audits"]), 2)
        self.assertEqual(len({row["participation"] for row in said["audits"]}), 2)
        self.assertEqual(said["score"], min(row["score"] for row in said["audits"]))
        one = self.server.post("/audit/generate", {"task_uuid": item["id"], "agent": "300"}, key=self.reader).json()
        self.assertEqual(one["agent"], "300")
        self.assertNotIn("audits", one)
        nobody = self.server.post("/audit/generate", {"task_uuid": item["id"], "agent": "9"}, key=self.reader)
        self.assertEqual(nobody.status, 404, nobody)

    def test_a_task_that_is_not_audited_yet_says_what_to_do(self):
        cdrid = new_id()
        self.accept(start_event(cdrid))
        item = self.wait(cdrid, "open")
        answer = self.server.post("/audit/generate", {"task_uuid": item["id"]}, key=self.reader)
        self.assertEqual(answer.status, 409, answer)
        self.assertIn("PUT /api/v1/transcripts", answer.text)

    def test_a_call_can_be_asked_about_in_free_words(self):
        item = self.judged()
        answer = self.server.post(f"/tasks/{item['id']}/chat", {"question": "¿Qué pasó?"}, key=self.reader)
        self.assertEqual(answer.status, 200, answer)
        said = answer.json()
        self.assertEqual(said["quotes"][0]["quote"], "Buenos días, le habla")
        history = self.server.get(f"/tasks/{item['id']}/chat", key=self.reader).json()["history"]
        self.assertEqual([row["question"] for row in history], ["¿Qué pasó?"])
        self.assertEqual(history[0]["answer"], said["answer"])
        for body in ({}, {"question": ""}, {"question": 5}, []):
            self.assertEqual(self.server.post(f"/tasks/{item['id']}/chat", body, key=self.reader).status, 400, body)
        weak = self.server.create_key("audits:read")
        self.assertEqual(self.server.post(f"/tasks/{item['id']}/chat", {"question": "?"}, key=weak).status, 403)
        self.assertEqual(self.server.get("/tasks/00000000-0000-7000-8000-000000000000/chat", key=self.reader).status, 404)

    def cli_json(self, *words, code=0):
        done = self.server.cli(*words)
        self.assertEqual(done.returncode, code, done)
        return harness.json_lines(done.stdout)

    def test_the_command_line_asks_and_shows_the_same(self):
        item = self.judged()
        said = self.cli_json("models", "ask", item["id"], "¿Qué pasó?", "--json")[0]
        self.assertEqual(said["quotes"][0]["quote"], "Buenos días, le habla")
        history = self.server.get(f"/tasks/{item['id']}/chat", key=self.reader).json()["history"]
        self.assertEqual([(row["question"], row["answer"]) for row in history], [("¿Qué pasó?", said["answer"])])
        shown = self.cli_json("models", "answers", item["id"], "--json")[0]
        self.assertEqual(shown["fields"]["reason"]["value"], "consulta")
        self.assertIn("CONSULTA", self.server.cli("models", "answers", item["id"]).stdout.decode())
        criteria = self.cli_json("audit", "--stored", item["id"], "--criteria")[0]
        task = self.server.post("/audit/generate", {"task_uuid": item["id"]}, key=self.reader).json()
        self.assertEqual(criteria, task)
        nobody = "00000000-0000-7000-8000-000000000000"
        for words, code in ((("models", "ask", nobody, "?"), 4), (("models", "ask", "x", "?"), 2), (("models", "answers", nobody), 4),
                            (("audit", "--stored", nobody, "--criteria"), 4), (("audit", "--stored", item["id"]), 2),
                            (("audit", "--criteria", "x"), 2), (("models", "ask", item["id"]), 2)):
            with self.subTest(words):
                self.cli_json(*words, code=code)

    def test_stored_audits_are_recomputed_from_their_receipts(self):
        first, second = self.judged(), self.judged(transcript(segment("agent", "Le envío un técnico mañana.", 0, 4000)))
        path = f"/api/v1/conversations/{first['id']}/verify"
        answer = self.server.post(path, None, key=self.reader)
        self.assertEqual(answer.status, 200, answer)
        verified = answer.json()
        self.assertTrue(verified["same"], verified)
        self.assertEqual({row["verdict"] for row in verified["items"]}, {"same"})
        self.assertEqual(verified["items"][0]["audit_sha256"], verified["items"][0]["audit_sha256_again"])
        rows = self.cli_json("audit", "--stored", first["id"], "--verify", "--json")
        self.assertEqual(rows, verified["items"])
        self.cli_json("audit", "--stored", "all", "--verify", "--json")
        with contextlib.closing(sqlite3.connect(self.server.data / "oidor.db", timeout=20)) as store, store:
            store.execute("CREATE TEMP TABLE kept AS SELECT id, body, size_bytes FROM audits WHERE conversation_id = ?",
                          (uuid.UUID(first["id"]).bytes,))
            store.execute("UPDATE audits SET (body, size_bytes) = (SELECT body, size_bytes FROM audits WHERE conversation_id = ? "
                          "LIMIT 1) WHERE conversation_id = ?", (uuid.UUID(second["id"]).bytes, uuid.UUID(first["id"]).bytes))
            store.commit()
            try:
                rows = self.cli_json("audit", "--stored", first["id"], "--verify", "--json", code=9)
                self.assertEqual(rows[0]["verdict"], "transcript_changed")
                self.assertFalse(self.server.post(path, None, key=self.reader).json()["same"])
                told = self.server.cli("audit", "--stored", "all", "--verify")
                self.assertEqual(told.returncode, 9, told)
                self.assertIn(first["id"], told.stdout.decode())
            finally:
                store.execute("UPDATE audits SET (body, size_bytes) = (SELECT body, size_bytes FROM kept WHERE kept.id = audits.id) "
                              "WHERE id IN (SELECT id FROM kept)")
        self.assertEqual(self.server.post(path.replace(first["id"], "0"), None, key=self.reader).status, 404)

    def test_a_model_that_is_away_holds_nothing_up_and_is_asked_again(self):
        self.sim.always = "503"
        try:
            item = self.judged()
            audit = self.audit_of(item)
            self.assertEqual({row["outcome"] for row in audit["criteria"]}, {"unknown"})
        finally:
            self.sim.always = ""
        harness.wait_until(lambda: self.audit_of(item)["quality_score"] == 92, 40, "the answers that came later")

    def test_a_key_that_is_refused_is_shown_and_can_be_retried(self):
        self.sim.always = "401"
        try:
            item = self.judged()
            self.assertEqual({row["outcome"] for row in self.audit_of(item)["criteria"]}, {"unknown"})
        finally:
            self.sim.always = ""
        doctor = [row for row in harness.json_lines(self.server.cli("doctor", "--json").stdout) if row["subject"] == "models"]
        self.assertEqual(doctor[0]["verdict"], "odd", doctor)
        self.assertIn("could not be asked about", doctor[0]["words"])
        dead = [row for row in harness.json_lines(self.server.cli("jobs", "list", "--state", "dead", "--json").stdout)
                if row["kind"] == "ask"]
        self.assertEqual(len(dead), 1, dead)
        self.assertEqual(self.server.cli("jobs", "retry", dead[0]["id"]).returncode, 0)
        harness.wait_until(lambda: self.audit_of(item)["quality_score"] == 92, 40, "the answers after the retry")

    def test_no_word_of_a_call_is_in_the_log(self):
        self.judged()
        self.assertNotIn("técnico", "\n".join(self.server.log))
        self.assertNotIn(KEY, "\n".join(self.server.log))


class Masked(WebhookCase):
    """An account of Chile: what the simulator is asked holds no identifier, whoever wrote it."""

    @classmethod
    def setUpClass(cls):
        cls.sim = Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)).__enter__()
        cls.addClassCleanup(cls.sim.__exit__)
        cls.more_env = model_env(cls.sim, OIDOR_MODELS_FIELDS="true", OIDOR_ACCOUNTS_ANURA_DEFAULT_COUNTRY="CL")
        super().setUpClass()

    def test_nothing_that_identifies_a_person_reaches_the_model(self):
        cdrid = new_id()
        self.accept(event(cdrid))
        words = transcript(segment("agent", "Buenos días, le habla Lucía.", 0, 1900),
                           segment("customer", "Apunte 123456785, por favor.", 2000, 4000),
                           segment("agent", "Le devuelvo el llamado al 912345678.", 5000, 9000))
        self.assertIn(self.put_transcript(cdrid, words).status, (200, 201))
        item = self.wait(cdrid, "audited")
        for question in ("¿Es la tarjeta 4111 1111 1111 1111?", "¿Y el 123456785?"):
            answer = self.server.post(f"/tasks/{item['id']}/chat", {"question": question}, key=self.reader)
            self.assertEqual(answer.status, 200, answer)
        self.assertGreaterEqual(len(self.sim.asked), 3)  # words of a mask are no quote: the fields are asked for twice
        sent = json.dumps(self.sim.asked, ensure_ascii=False)
        self.assertIn("¿Es la tarjeta [tarjeta]?", sent)
        for identifier in ("123456785", "912345678", "4111"):
            self.assertNotIn(identifier, sent)


class Budget(WebhookCase):
    @classmethod
    def setUpClass(cls):
        cls.sim = Simulator(key=KEY, models=(MODEL,), replies=dict(GOOD)).__enter__()
        cls.addClassCleanup(cls.sim.__exit__)
        cls.more_env = model_env(cls.sim, OIDOR_MODELS_DAILY_BUDGET_TOKENS="10")
        super().setUpClass()
        path = pathlib.Path(cls.server.data) / "soporte.toml"
        path.write_text(guide_scorecard(), encoding="utf-8")
        for words in (("scorecard", "publish", str(path)), ("scorecard", "bind", "soporte-es")):
            assert cls.server.cli(*words).returncode == 0

    def test_beyond_the_budget_calls_are_judged_at_once_and_wait_for_tomorrow(self):
        items = []
        for _ in range(3):
            cdrid = new_id()
            self.accept(event(cdrid))
            self.put_transcript(cdrid, call())
            items.append(self.wait(cdrid, "audited"))
        self.assertEqual(len(self.sim.asked), 1)
        outcomes = [{row["outcome"] for row in self.whole(item)["audits"][0]["criteria"]} for item in items]
        self.assertEqual(outcomes[1:], [{"unknown"}, {"unknown"}])
        waiting = [row for row in harness.json_lines(self.server.cli("jobs", "list", "--state", "queued", "--json").stdout)
                   if row["kind"] == "ask"]
        self.assertEqual(len(waiting), 2)
        self.assertTrue(all(row["run_at"][11:19] == "00:00:00" for row in waiting), waiting)
        doctor = [row for row in harness.json_lines(self.server.cli("doctor", "--json").stdout) if row["subject"] == "models"]
        self.assertIn("2 conversations wait", doctor[0]["words"])


if __name__ == "__main__":
    unittest.main()
