"""Real answers keep the schemas that /openapi.json states for them."""

import unittest

import jsonschema

from kill_soak import transcript_of
from webhook_case import WebhookCase, event, new_id


class Schemas(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.server.get("/openapi.json").json()
        cls.call = cls().audited_call()
        case = cls()
        cls.silent = new_id()
        case.accept(event(cls.silent, status="NO ANSWER", accounttags="campaign_99"))
        case.wait(cls.silent, "not_auditable")

    def check(self, path, answer, method="get"):
        operation = self.document["paths"][path][method]
        content = operation["responses"][str(answer.status)]["content"]["application/json"]
        self.check_schema(content["schema"], answer.json())

    def check_schema(self, schema, value):
        validator = jsonschema.Draft202012Validator({**schema, "components": self.document["components"]},
                                                    format_checker=jsonschema.FormatChecker())
        faults = [f"{list(fault.absolute_path)}: {fault.message}" for fault in validator.iter_errors(value)]
        self.assertEqual(faults, [])

    def get(self, path, key=None):
        answer = self.server.get(path, key=key or self.reader)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def test_every_schema_is_one(self):
        for name, schema in self.document["components"]["schemas"].items():
            with self.subTest(name):
                jsonschema.Draft202012Validator.check_schema(schema)

    def test_lists(self):
        for path in ("/api/v1/conversations", "/api/v1/events", "/api/v1/jobs"):
            with self.subTest(path):
                answer = self.get(path + "?limit=500")
                self.assertTrue(answer.json()["items"])
                self.check(path, answer)

    def test_coverage(self):
        cdrid = new_id()
        self.accept(event(cdrid, trigger="START"))
        self.wait(cdrid, "open")
        for path in ("/api/v1/coverage", "/api/v1/coverage/gaps"):
            with self.subTest(path):
                answer = self.get(path + "?from=2026-02-10&to=2026-02-11")
                self.assertTrue(answer.json()["items"])
                self.check(path, answer)

    def test_a_conversation_with_and_without_its_text(self):
        plain = self.server.create_key("audits:read")
        silent = self.conversations(self.silent)[0]
        for call in (self.call, silent):
            for key in (self.reader, plain):
                self.check("/api/v1/conversations/{id}", self.get(f"/api/v1/conversations/{call['id']}", key=key))
        self.assertTrue(self.whole(self.call)["audits"][0]["criteria"])

    def test_a_transcript_that_is_new_and_one_that_was_there(self):
        cdrid, path = new_id(), "/api/v1/transcripts"
        self.check_schema(self.document["components"]["schemas"]["Transcript"], transcript_of(7))
        for status in (201, 200):
            answer = self.put_transcript(cdrid)
            self.assertEqual(answer.status, status)
            self.check(path, answer, method="put")

    def test_health_and_problems(self):
        for path in ("/healthz", "/readyz"):
            self.check(path, self.get(path))
        for path, status in (("/api/v1/jobs?limit=0", 400), ("/api/v1/conversations/none", 404)):
            answer = self.server.get(path, key=self.reader)
            self.assertEqual(answer.status, status)
            self.check_schema(self.document["components"]["schemas"]["Problem"], answer.json())

    def test_a_value_outside_a_closed_list_is_found(self):
        whole = self.whole(self.call)
        whole["audits"][0]["review_reasons"] = ["because"]
        with self.assertRaises(AssertionError):
            self.check_schema({"$ref": "#/components/schemas/ConversationDetails"}, whole)

    def test_a_parameter_is_refused_where_its_schema_says_so(self):
        parameters = self.document["paths"]["/api/v1/conversations"]["get"]["parameters"]
        schemas = {parameter["name"]: parameter["schema"] for parameter in parameters}
        for name, good, bad in (("limit", "500", "501"), ("state", "audited", "sleeping"), ("from", "2026-02-10", "soon")):
            value = int(good) if schemas[name].get("type") == "integer" else good
            self.check_schema(schemas[name], value)
            self.assertEqual(self.server.get(f"/api/v1/conversations?{name}={good}", key=self.reader).status, 200)
            self.assertEqual(self.server.get(f"/api/v1/conversations?{name}={bad}", key=self.reader).status, 400)
        self.assertEqual(schemas["limit"]["maximum"], 500)
        self.assertNotIn("sleeping", schemas["state"]["enum"])


if __name__ == "__main__":
    unittest.main()
