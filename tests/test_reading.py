"""The API and the page from outside: what a program and a person see of the server."""

import html
import unittest
import urllib.parse

import harness
from kill_soak import list_all, transcript_of
from webhook_case import PHONE, WebhookCase, event, new_id


class Reading(WebhookCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        case = cls("test_phones_are_masked")
        cls.items = [case.audited_call(), case.audited_call(accounttags="campaign_2"),
                     case.audited_call(queueagentname="", queueagentextension="")]

    def phone_is_hidden(self, **more):
        cdrid = new_id()
        self.accept({**event(cdrid), **more})
        self.put_transcript(cdrid)
        item = self.wait(cdrid, "audited")
        for path in (f"/api/v1/conversations/{item['id']}", "/api/v1/conversations?limit=200&external_id=" + cdrid,
                     "/api/v1/events?limit=200&external_id=" + cdrid):
            answer = self.server.get(path, key=self.reader)
            self.assertEqual(answer.status, 200, answer)
            self.assertNotIn(PHONE.lstrip("+"), answer.text, path.split("?")[0])

    def test_phones_are_masked(self):
        self.phone_is_hidden()
        self.assertEqual(self.items[0]["from"], "+54***79")

    def test_a_phone_that_came_as_a_number_is_masked(self):
        self.phone_is_hidden(calling=int(PHONE))

    def test_a_phone_in_the_callers_name_is_masked(self):
        self.phone_is_hidden(callingname=PHONE)

    def test_text_needs_the_scope_to_read_it(self):
        key = self.server.create_key("audits:read")
        for path in (f"/api/v1/conversations/{self.items[0]['id']}", "/api/v1/events?limit=200",
                     "/api/v1/conversations?limit=200"):
            answer = self.server.get(path, key=key)
            self.assertEqual(answer.status, 200, answer)
            self.assertNotIn("Llamo por el pedido", answer.text)
            self.assertNotIn("Buenos días", answer.text)
            self.assertNotIn("Hasta luego", answer.text)
        text = self.server.get(f"/api/v1/conversations/{self.items[0]['id']}", key=self.reader).text
        self.assertIn("Llamo por el pedido", text)

    def test_a_conversation_has_the_members_of_the_contract(self):
        item = self.items[0]
        self.assertLessEqual({"id", "source", "account", "channel", "external_id", "kind", "direction", "started_at",
                              "ended_at", "duration_s", "campaign", "agents", "state", "recordings", "audits"},
                             set(item))
        self.assertEqual((item["source"], item["account"], item["channel"], item["kind"]),
                         ("anura", "default", "voice", "call"))
        self.assertRegex(item["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
        self.assertRegex(item["started_at"], r"^2026-02-10T13:30:00(\.0+)?Z$")
        self.assertEqual(item["campaign"], {"id": "1", "state": "mapped", "wanted": None})
        self.assertEqual({name: item["agents"][0][name] for name in ("id", "state", "name")},
                         {"id": "300", "state": "mapped", "name": "Lucía"})
        self.assertLessEqual({"agent", "scorecard", "quality_score", "needs_review"}, set(item["audits"][0]))
        whole = self.whole(item)
        self.assertLessEqual({"transcript", "audits", "events", "history"}, set(whole))
        self.assertEqual(whole["audits"][0]["conversation_id"], item["id"])
        self.assertEqual(whole["audits"][0]["agent"], "300")

    def test_a_key_limited_to_campaigns_sees_only_theirs(self):
        key = self.server.create_key("audits:read", "content:read", "recordings:listen", campaigns=["2"])
        mine, others = self.items[1], (self.items[0], self.items[2])
        seen = self.server.list_conversations(key)
        self.assertIn(mine["id"], [item["id"] for item in seen])
        self.assertEqual({item["campaign"]["id"] for item in seen}, {"2"})
        self.assertEqual(self.server.get(f"/api/v1/conversations/{mine['id']}", key=key).status, 200)
        for other in others:
            self.assert_problem(self.server.get(f"/api/v1/conversations/{other['id']}", key=key), 404)
            self.assertNotIn(other["external_id"],
                             [item["external_id"] for item in self.server.list_conversations(key, campaign="1")])
        events = self.server.get("/api/v1/events?limit=200", key=key)
        self.assertIn(events.status, (200, 403))
        if events.status == 200:
            self.assertLessEqual({row["external_id"] for row in events.json()["items"]},
                                 {item["external_id"] for item in seen})

    def test_pages_of_one_walk_everything_exactly_once(self):
        for path in ("/api/v1/conversations", "/api/v1/events", "/api/v1/jobs"):
            wanted = [item["id"] for item in list_all(self.server, path, self.reader)]
            walked, after = [], None
            for _ in range(len(wanted) + 2):
                page = self.server.get(f"{path}?limit=1" + (f"&after={urllib.parse.quote(after)}" if after else ""),
                                       key=self.reader).json()
                self.assertLessEqual(len(page["items"]), 1)
                walked += [item["id"] for item in page["items"]]
                after = page["next"]
                if not after:
                    break
            self.assertIsNone(after, path)
            self.assertEqual(walked, wanted, path)
            self.assertEqual(len(set(walked)), len(walked), path)
            self.assertGreater(len(walked), 2, path)

    def test_filters(self):
        def count(**query):
            return {item["id"] for item in self.server.list_conversations(self.reader, **query)}
        first = self.items[0]["id"]
        self.assertEqual(count(external_id=self.items[0]["external_id"]), {first})
        self.assertIn(first, count(campaign="1", state="audited", agent="300", source="anura", account="default"))
        self.assertNotIn(first, count(campaign="2"))
        self.assertNotIn(first, count(state="failed"))
        self.assertIn(first, count(**{"from": "2026-02-10T00:00:00Z", "to": "2026-02-11T00:00:00Z"}))
        self.assertNotIn(first, count(**{"from": "2026-02-11T00:00:00Z"}))
        self.assertNotIn(first, count(agent="999"))

    def test_wrong_queries_are_problems(self):
        for query in ("limit=0", "limit=-1", "limit=x", "limit=99999999999999999999", "from=yesterday", "state=nope",
                      "after=%00", "after=nope"):
            self.assert_problem(self.server.get("/api/v1/conversations?" + query, key=self.reader), 400)

    def test_what_does_not_exist(self):
        for path in ("/api/v1/nope", "/nope", "/api/v1/conversations/nope", "/webhook/nope/",
                     "/api/v1/conversations/00000000-0000-7000-8000-000000000000", "/api/v1/../../etc/passwd"):
            answer = self.server.get(path, key=self.reader)
            self.assertEqual(answer.status, 404, path)
        self.assert_problem(self.server.get("/api/v1/nope", key=self.reader), 404)

    def test_wrong_methods(self):
        for method, path in (("DELETE", "/api/v1/conversations"), ("POST", "/healthz"), ("DELETE", "/api/v1/transcripts"),
                             ("PUT", "/webhook/anura/")):
            answer = self.server.request(method, path, key=self.reader)
            self.assertEqual(answer.status, 405, (method, path, answer))
            self.assertTrue(answer.headers.get("allow"), path)

    def test_the_openapi_page_names_every_route_and_says_who_may(self):
        answer = self.server.get("/openapi.json")
        self.assertEqual(answer.status, 200)
        page = answer.json()
        self.assertTrue(page["openapi"].startswith("3."))
        for path, method in (("/api/v1/conversations", "get"), ("/api/v1/conversations/{id}", "get"),
                             ("/api/v1/recordings/{id}/audio", "get"), ("/api/v1/events", "get"),
                             ("/api/v1/jobs", "get"), ("/api/v1/transcripts", "put"), ("/healthz", "get"),
                             ("/readyz", "get"), ("/metrics", "get"), ("/webhook/anura", "post"),
                             ("/webhook/anura/{account}", "post"), ("/webhook/anura/health", "get"),
                             ("/webhook/anura/test", "post")):
            self.assertIn(method, page["paths"].get(path, {}), path)
        for path, operations in page["paths"].items():
            for method, operation in operations.items():
                self.assertTrue(operation["summary"], (method, path))
                if "{" in path or method != "get":
                    continue
                # Whatever the page names is there: not 404, not 405.
                status = self.server.get(path, key=self.reader).status
                self.assertIn(status, (200, 400), (path, status))

    def test_jobs_need_admin(self):
        self.assert_problem(self.server.get("/api/v1/jobs", key=self.server.create_key("audits:read")), 403)
        self.assertEqual(self.server.get("/api/v1/jobs?state=done", key=self.reader).status, 200)

    def test_metrics_are_open_on_loopback_and_carry_no_ids(self):
        answer = self.server.get("/metrics")
        self.assertEqual(answer.status, 200)
        self.assertTrue(answer.headers["content-type"].startswith("text/plain"))
        self.assertRegex(answer.text, r"(?m)^# TYPE \w+ (counter|gauge|histogram)$")
        self.assertNotIn(self.items[0]["id"], answer.text)
        self.assertNotIn(self.items[0]["external_id"] + '"', answer.text)

    def test_health_and_readiness(self):
        self.assertEqual(self.server.get("/healthz").status, 200)
        self.assertEqual(self.server.get("/readyz").status, 200)


class Page(WebhookCase):
    EVIL = '<script>alert(1)</script>"\'&'

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = cls.server.cli("agents", "set", "666", "--name", "Ana " + cls.EVIL)
        assert done.returncode == 0, done
        case = cls("test_a_key_signs_in")
        cdrid = "call-" + cls.EVIL
        case.accept(event(cdrid, queueagentextension="666", queueagentname=cls.EVIL))
        case.accept(event("unmapped-1", queueagentextension="777", queueagentname="x" + cls.EVIL,
                          accounttags="campaign_99"))
        transcript = transcript_of(7)
        transcript["segments"][1]["text"] = "No puedo " + cls.EVIL
        transcript["segments"].append({"start_ms": 295000, "end_ms": 296000, "speaker": "agent",
                                       "text": "No puedo <b>nada</b> " + cls.EVIL})
        assert case.put_transcript(cdrid, transcript).status in (200, 201)
        cls.item = case.wait(cdrid, "audited")

    def sign_in(self, key):
        return self.server.post("/sign-in", urllib.parse.urlencode({"key": key}),
                                headers={"Content-Type": "application/x-www-form-urlencoded"})

    def cookie(self, key=None):
        answer = self.sign_in(key or self.reader)
        self.assertIn(answer.status, (302, 303), answer)
        return answer.headers["set-cookie"].split(";")[0]

    def test_without_a_session_there_is_a_sign_in_form(self):
        for path in ("/", f"/conversations/{self.item['id']}"):
            answer = self.server.get(path)
            self.assertIn("text/html", answer.headers["content-type"])
            self.assertIn('name="key"', answer.text)
            self.assertNotIn("audit", answer.text.split("<form")[0].split("<body")[-1].lower())
            self.assertNotIn(self.item["id"], answer.text)

    def test_a_key_signs_in(self):
        answer = self.sign_in(self.reader)
        self.assertIn(answer.status, (302, 303), answer)
        attributes = [part.strip().lower() for part in answer.headers["set-cookie"].split(";")]
        self.assertIn("httponly", attributes)
        self.assertIn("samesite=strict", attributes)
        self.assertNotIn("secure", attributes)  # plain HTTP on loopback
        self.assertIn("max-age=43200", attributes)
        self.assertNotIn(self.reader, answer.headers["set-cookie"])

    def test_a_wrong_key_does_not(self):
        for key in ("", "x", "0" * 64, "é", "\x00"):
            answer = self.sign_in(key)
            self.assertIn(answer.status, (400, 401), (key, answer))
            self.assertNotIn("set-cookie", answer.headers)

    def test_a_made_up_cookie_is_no_session(self):
        name = self.cookie().split("=")[0]
        answer = self.server.get("/", headers={"Cookie": f"{name}={'A' * 43}"})
        self.assertIn('name="key"', answer.text)

    def test_the_page_needs_audits_read(self):
        answer = self.sign_in(self.pbx)
        if answer.status in (302, 303):
            answer = self.server.get("/", headers={"Cookie": answer.headers["set-cookie"].split(";")[0]})
        self.assertIn(answer.status, (401, 403), answer)
        self.assertNotIn("unmapped-1", answer.text)

    def test_the_pages_escape_what_others_wrote(self):
        cookie = self.cookie()
        for path in ("/?day=2026-02-10", f"/conversations/{self.item['id']}", "/?day=" + urllib.parse.quote(self.EVIL)):
            answer = self.server.get(path, headers={"Cookie": cookie})
            self.assertEqual(answer.status, 200, answer)
            self.assertNotIn("<script", answer.text.lower())
            self.assertNotIn("<b>nada", answer.text)
            self.assertNotIn(PHONE, answer.text)
            self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
            self.assertIn("no-store", answer.headers["cache-control"])
        day = self.server.get("/?day=2026-02-10", headers={"Cookie": cookie}).text
        self.assertIn(html.escape("Ana <script>", quote=False), day)
        self.assertIn("unmapped-1", day)
        self.assertIn("99", day)
        whole = self.server.get(f"/conversations/{self.item['id']}", headers={"Cookie": cookie}).text
        self.assertIn("Buenos días", whole)
        self.assertIn("No puedo", whole)

    def test_the_page_hides_text_from_a_key_that_may_not_read_it(self):
        cookie = self.cookie(self.server.create_key("audits:read"))
        answer = self.server.get(f"/conversations/{self.item['id']}", headers={"Cookie": cookie})
        self.assertEqual(answer.status, 200)
        self.assertNotIn("Buenos días", answer.text)
        self.assertNotIn("nada", answer.text)

    def test_a_link_works_once(self):
        self.server.create_key("audits:read", name="visitor")
        done = self.server.cli("keys", "link", "visitor")
        self.assertEqual(done.returncode, 0, done)
        link = done.stdout.decode().strip()
        path = urllib.parse.urlsplit(link)
        path = path.path + ("?" + path.query if path.query else "")
        first = self.server.get(path)
        self.assertIn(first.status, (302, 303), first)
        cookie = first.headers["set-cookie"].split(";")[0]
        self.assertIn("unmapped-1", self.server.get("/?day=2026-02-10", headers={"Cookie": cookie}).text)
        second = self.server.get(path)
        self.assertEqual(second.status, 401, second)
        self.assertNotIn("set-cookie", second.headers)

    def test_a_session_ends_with_its_key(self):
        key = self.server.create_key("audits:read", name="leaver")
        cookie = self.cookie(key)
        self.assertIn("unmapped-1", self.server.get("/?day=2026-02-10", headers={"Cookie": cookie}).text)
        self.assertEqual(self.server.cli("keys", "revoke", "leaver").returncode, 0)
        harness.wait_until(lambda: "unmapped-1" not in self.server.get("/?day=2026-02-10", headers={"Cookie": cookie}).text,
                           5, "the session to end")

    def test_a_key_limited_to_campaigns_sees_only_theirs(self):
        cookie = self.cookie(self.server.create_key("audits:read", campaigns=["2"]))
        answer = self.server.get("/?day=2026-02-10", headers={"Cookie": cookie})
        self.assertNotIn("unmapped-1", answer.text)
        self.assertNotIn("Ana ", answer.text)
        self.assertNotEqual(self.server.get(f"/conversations/{self.item['id']}", headers={"Cookie": cookie}).status, 200)

    def test_a_session_is_no_key_for_the_webhook(self):
        answer = self.server.post("/webhook/anura/", event(new_id()), headers={"Cookie": self.cookie()})
        self.assertEqual(answer.status, 401)


if __name__ == "__main__":
    unittest.main()
