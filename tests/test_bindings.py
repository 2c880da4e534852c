"""Scorecards published, bound and unbound: `oidor scorecard` and /api/v1 do the same to the same store."""

import contextlib
import sqlite3
import unittest

import jsonschema

import harness
from webhook_case import WebhookCase

CARD = """id = "prueba"
version = 1
language = "es"
title = "Prueba"
categories = [{ from = 0, name = "Todas" }]

[[criteria]]
id = "saludo"
title = "Saludo"
kind = "phrases"
need = "any"
speaker = "agent"
phrases = ["buenos días"]
points = 100
"""


class Bindings(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.weak = cls.server.create_key("audits:read")
        cls.document = cls.server.get("/openapi.json").json()
        done = cls.server.cli("campaigns", "set", "lima", "--name", "Lima", "--zone", "America/Lima")
        assert done.returncode == 0, done

    def check(self, path, answer, method):
        content = self.document["paths"][path][method]["responses"][str(answer.status)]["content"]["application/json"]
        validator = jsonschema.Draft202012Validator({**content["schema"], "components": self.document["components"]})
        self.assertEqual([fault.message for fault in validator.iter_errors(answer.json())], [])

    def words(self, *words, code=0):
        done = self.server.cli("scorecard", *words)
        self.assertEqual(done.returncode, code, done)
        return done.stderr.decode()

    def bindings(self):
        return harness.json_lines(self.server.cli("scorecard", "bindings", "--json").stdout)

    def put(self, body, status=200, key=None):
        answer = self.server.put("/api/v1/bindings", body, headers={"X-API-Key": key or self.reader})
        self.assertEqual(answer.status, status, answer)
        return answer

    def delete(self, query, status=200, key=None):
        answer = self.server.request("DELETE", "/api/v1/bindings" + query, headers={"X-API-Key": key or self.reader})
        self.assertEqual(answer.status, status, answer)
        return answer

    def test_what_is_bound_is_said_seen_and_undone(self):
        said = self.words("bind", "classic-es", "--version", "1", "--campaign", "lima", "--spoken", "Spanish",
                          "--from", "2026-02-10", "--ui-language", "es")
        self.assertIn("campaña lima", said)
        mine = [row for row in self.bindings() if row["campaign"] == "lima"]
        self.assertEqual(mine, [{"scorecard": "classic-es", "version": 1, "campaign": "lima", "channel": None,
                                 "language": "es", "from": "2026-02-10T05:00:00Z"}])
        shown = self.server.cli("scorecard", "bindings").stdout.decode()
        self.assertIn("classic-es", shown)
        listed = self.server.get("/api/v1/bindings", key=self.weak)
        self.check("/api/v1/bindings", listed, "get")
        self.assertIn(mine[0], listed.json()["items"])
        self.words("unbind", "--campaign", "lima", "--spoken", "es")
        self.assertEqual([row for row in self.bindings() if row["campaign"] == "lima"], [])
        self.assertIn("bindings", self.words("unbind", "--campaign", "lima", "--spoken", "es", code=4))

    def test_a_name_that_nothing_has_binds_nothing(self):
        before = self.bindings()
        for words, code, expected in ((("--channel", "voz"), 2, "voice"), (("--channel", "whatsap"), 2, "whatsapp"),
                                      (("--campaign", "9"), 4, "none of that id"), (("--spoken", "castellano"), 2, "such as es"),
                                      (("--from", "ayer"), 2, "2026-02-10"), (("--version", "7"), 4, "version 7")):
            with self.subTest(words):
                self.assertIn(expected, self.words("bind", "classic-es", *words, code=code))
        self.assertIn("classic-es", self.words("bind", "clasic-es", code=4))
        for body, status in (({"scorecard": "classic-es", "channel": "voz"}, 400), ({"scorecard": "none"}, 404),
                             ({"scorecard": "classic-es", "campaing": "1"}, 400), ({"campaign": "1"}, 400),
                             ({"scorecard": "classic-es", "campaign": 1}, 400), ([], 400),
                             ({"scorecard": "classic-es", "version": 0}, 400)):
            with self.subTest(body):
                self.put(body, status)
        self.assertEqual(self.bindings(), before)

    def test_the_api_binds_and_unbinds(self):
        answer = self.put({"scorecard": "classic-es", "campaign": "2", "channel": "voice", "from": "2026-02-10"})
        self.check("/api/v1/bindings", answer, "put")
        self.put({"scorecard": "general-es", "campaign": "2", "channel": "voice", "from": "2026-03-10"})
        self.delete("?campaign=2&channel=voice", 409)
        self.check("/api/v1/bindings", self.delete("?campaign=2&channel=voice&from=2026-03-10"), "delete")
        self.delete("?campaign=2&channel=voice")
        self.delete("?campaign=2&channel=voice", 404)
        self.put({"scorecard": "classic-es"}, 403, key=self.weak)
        self.delete("?campaign=2", 403, key=self.weak)

    def test_a_key_of_one_campaign_binds_that_one_alone(self):
        key = self.server.create_key("admin", "audits:read", campaigns=("1",))
        self.put({"scorecard": "classic-es", "campaign": "2"}, 403, key=key)
        self.put({"scorecard": "classic-es"}, 403, key=key)
        self.put({"scorecard": "classic-es", "campaign": "1"}, 200, key=key)
        self.delete("", 403, key=key)
        self.delete("?campaign=1", key=key)
        answer = self.server.post("/api/v1/scorecards", {"toml": CARD}, key=key)
        self.assertEqual(answer.status, 403, answer)

    def test_a_scorecard_is_published_once(self):
        first = self.server.post("/api/v1/scorecards", {"toml": CARD}, key=self.reader)
        self.assertEqual(first.status, 201, first)
        self.check("/api/v1/scorecards", first, "post")
        again = self.server.post("/api/v1/scorecards", {"toml": CARD}, key=self.reader)
        self.assertEqual((again.status, again.json()["published_at"]), (200, first.json()["published_at"]))
        other = self.server.post("/api/v1/scorecards", {"toml": CARD.replace("buenos", "buenas")}, key=self.reader)
        self.assertEqual(other.status, 409, other)
        for body in ({}, {"toml": 1}, {"toml": "id = 1"}, []):
            self.assertEqual(self.server.post("/api/v1/scorecards", body, key=self.reader).status, 400, body)
        self.assertEqual(self.server.post("/api/v1/scorecards", {"toml": CARD}, key=self.weak).status, 403)
        seen = self.server.cli("scorecard", "show", "prueba")
        self.assertEqual(seen.stdout.decode(), CARD)
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/oidor.db?mode=ro", uri=True)) as store:
            rows = store.execute("SELECT status FROM access_log WHERE action = 'publish_scorecard'").fetchall()
        self.assertIn((201,), rows)

    def test_the_schema_is_that_of_the_command(self):
        for of, words in (("", ()), ("?of=pack", ("pack",))):
            answer = self.server.get("/api/v1/scorecards/schema" + of, key=self.weak)
            self.check("/api/v1/scorecards/schema", answer, "get")
            self.assertEqual(answer.body, self.server.cli("scorecard", "schema", *words).stdout)
        self.assertEqual(self.server.get("/api/v1/scorecards/schema?of=x", key=self.weak).status, 400)

    def test_a_text_is_masked_by_the_country(self):
        def redact(body, status=200, key=None):
            answer = self.server.post("/api/v1/redact", body, key=key or self.reader)
            self.assertEqual(answer.status, status, answer)
            return answer
        answer = redact({"text": "Apunte 123456785", "country": "CL"})
        self.check("/api/v1/redact", answer, "post")
        self.assertEqual(answer.json()["text"], "Apunte [RUT]")
        self.assertEqual([(span["begin"], span["end"]) for span in answer.json()["spans"]], [(7, 16)])
        self.assertEqual(redact({"text": "Apunte 123456785"}).json()["text"], "Apunte 123456785")
        for body in ({}, {"text": 1}, {"text": "x", "country": "chile"}, {"text": "x", "language": "?"}):
            redact(body, 400)
        redact({"text": "x" * 70_000}, 413)
        redact({"text": "x"}, 403, key=self.weak)
        self.assertNotIn("123456785", "\n".join(self.server.log))


if __name__ == "__main__":
    unittest.main()
