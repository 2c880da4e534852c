"""Webhooks from outside: what a PBX sees of the server, and what becomes of its calls."""

import hashlib
import itertools
import json
import threading
import unittest
import urllib.parse

import harness
from kill_soak import transcript_of, wav_of
from webhook_case import DONE, PHONE, Files, WebhookCase, event, new_id, start_event, talk_event


class Keys(WebhookCase):
    def test_a_key_is_taken_from_each_header_that_the_panel_may_send(self):
        for headers in ({"X-API-Key": self.pbx}, {"Authorization": f"Bearer {self.pbx}"},
                        {"Authorization": self.pbx}, {"Authorization": f"X-API-Key: {self.pbx}"},
                        {"x-api-key": self.pbx}, {"Authorization": f"bearer {self.pbx}"}):
            with self.subTest(headers=list(headers.items())[0][1].replace(self.pbx, "KEY")):
                self.assertEqual(self.send(event(new_id()), headers=headers).status, 200)

    def test_wrong_and_missing_keys_get_the_predecessors_codes(self):
        wrong = "0" * len(self.pbx)
        for headers, status in (({"X-API-Key": wrong}, 403), ({"Authorization": f"Bearer {wrong}"}, 401), ({}, 401),
                                ({"X-API-Key": self.pbx[:-1]}, 403), ({"X-API-Key": self.pbx + "0"}, 403),
                                ({"X-API-Key": "é"}, 403), ({"X-API-Key": ""}, (401, 403)),
                                ({"Authorization": ""}, 401), ({"Authorization": "Bearer"}, 401),
                                ({"Authorization": "Basic dXNlcjpwYXNz"}, 401)):
            with self.subTest(headers=headers):
                cdrid = new_id()
                answer = self.send(event(cdrid), headers=headers)
                self.assertIn(answer.status, status if isinstance(status, tuple) else (status,), answer)
                self.assertEqual(self.conversations(cdrid), [])
                self.assertNotIn(PHONE, answer.text)

    def test_a_key_without_the_scope_is_forbidden(self):
        for scope in ("audits:read", "webhook:anura/other", "admin"):
            key = self.server.create_key(scope)
            self.assertEqual(self.send(event(new_id()), key=key, path="/webhook/anura/default").status, 403, scope)
            self.assertEqual(self.put_transcript(new_id(), key=key).status, 403, scope)

    def test_a_revoked_key_is_refused_within_moments(self):
        key = self.server.create_key("webhook:anura/default", name="gone")
        self.assertEqual(self.send(event(new_id()), key=key).status, 200)
        self.assertEqual(self.server.cli("keys", "revoke", "gone").returncode, 0)
        harness.wait_until(lambda: self.send(event(new_id()), key=key).status == 403, 5, "the key to be refused")

    def test_the_account_comes_from_the_key(self):
        key = self.server.create_key("webhook:anura/norte")
        cdrid = new_id()
        self.assertEqual(self.send(event(cdrid), key=key).status, 200)
        self.assertEqual([item["account"] for item in self.conversations(cdrid)], ["norte"])

    def test_a_key_of_one_account_cannot_name_another(self):
        self.assertEqual(self.send(event(new_id()), path="/webhook/anura/norte").status, 403)

    def test_a_key_in_the_address_is_not_taken(self):
        answer = self.server.post(f"/webhook/anura/?api_key={self.pbx}", event(new_id()))
        self.assertEqual(answer.status, 401)

    def test_no_key_is_written_to_the_log(self):
        self.send(event(new_id()))
        self.send(event(new_id()), headers={"X-API-Key": "not-a-key-but-secret"})
        log = "\n".join(self.server.log)
        for secret in (self.pbx, self.reader, "not-a-key-but-secret"):
            self.assertNotIn(secret, log)


class Intake(WebhookCase):
    def test_the_answer_has_the_predecessors_shape(self):
        cdrid = new_id()
        answer = self.accept(event(cdrid))
        self.assertEqual(set(answer), {"success", "message", "call_id", "task_id", "recording_downloaded"})
        self.assertIs(answer["success"], True)
        self.assertEqual(answer["message"], "Webhook processed successfully: END")
        self.assertEqual(answer["call_id"], cdrid)
        self.assertIs(answer["recording_downloaded"], False)
        self.assertEqual(answer["task_id"], self.wait(cdrid, DONE | {"ended"})["id"])

    def test_health_is_open(self):
        for path in ("/webhook/anura/health", "//webhook//anura/health", "/webhook/anura/health/"):
            answer = self.server.get(path)
            self.assertEqual(answer.status, 200, path)
            self.assertEqual(set(answer.json()), {"status", "service", "webhook_ready"})
            self.assertEqual((answer.json()["status"], answer.json()["webhook_ready"]), ("ok", True))

    def test_test_is_open_says_what_was_understood_and_creates_nothing(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(1)))
        answer = self.server.post("/webhook/anura/test", event(cdrid, wasrecorded="true", audio_file_mp3=url))
        self.assertEqual(answer.status, 200, answer)
        said = answer.json()
        self.assertEqual(said["status"], "validated")
        self.assertEqual((said["trigger"], said["call_id"], said["has_recording"]), ("END", cdrid, True))
        # Whatever it started would have been done before an event that came later.
        self.audited_call()
        self.assertEqual(self.conversations(cdrid), [])
        self.assertEqual(self.count_events(cdrid), 0)
        self.assertEqual(self.files.asked[f"/{cdrid}.wav"], 0)

    def test_test_refuses_what_it_cannot_read(self):
        self.assertEqual(self.server.post("/webhook/anura/test", "[]").status, 400)

    def test_every_spelling_of_the_path(self):
        for path in ("/webhook/anura/", "/webhook/anura", "//webhook/anura/", "//webhook//anura//",
                     "/webhook/anura/default", "/webhook/anura/default/"):
            self.assertEqual(self.send(event(new_id()), path=path).status, 200, path)

    def test_what_is_no_object_is_unreadable(self):
        for body in ("[]", '"x"', "", "   ", "17", "null", "true", "hola", "\x00\x01"):
            with self.subTest(body=body):
                answer = self.send(body, headers={"X-API-Key": self.pbx, "Content-Type": "application/json"})
                self.assertEqual(answer.status, 400, answer)
                self.assertIn("detail", answer.json())

    def test_a_missing_cdrid_is_unusable(self):
        for value in (None, "", "   ", "{{ cdrid }}"):
            body = event("x")
            del body["cdrid"]
            if value is not None:
                body["cdrid"] = value
            self.assertEqual(self.send(body).status, 422, value)

    def test_a_body_over_one_mebibyte_is_too_large(self):
        self.assertEqual(self.send(event(new_id(), custom1="x" * (1 << 20))).status, 413)
        self.assertEqual(self.send(event(new_id(), custom1="x" * 1_000_000)).status, 200)

    def test_no_error_echoes_the_payload(self):
        secret = "Fernandez 4111111111111111"
        for body in (json.dumps({"hooktrigger": "END", "queueagentname": secret, "calling": PHONE}),
                     json.dumps([secret, PHONE]), secret, f'"{secret}"',
                     json.dumps({"cdrid": "x" * 5000 + secret, "hooktrigger": "END"})):
            answer = self.send(body, headers={"X-API-Key": self.pbx, "Content-Type": "application/json"})
            self.assertGreaterEqual(answer.status, 400, body[:60])
            self.assertNotIn("Fernandez", answer.text)
            self.assertNotIn(PHONE, answer.text)
        log = "\n".join(self.server.log)
        self.assertNotIn("Fernandez", log)
        self.assertNotIn(PHONE, log)

    def test_an_unknown_trigger_is_kept_and_shown(self):
        cdrid = new_id()
        self.accept(event(cdrid, trigger="SOMETHING"))
        self.assertEqual(self.count_events(cdrid), 1)
        self.assertEqual(len(self.conversations(cdrid)), 1)

    def test_zero_durations_are_values(self):
        cdrid = new_id()
        body = event(cdrid, status="NO ANSWER")
        body.update(duration=0, billseconds=0, wasrecorded=False)
        self.accept(body)
        item = self.wait(cdrid, "not_auditable")
        self.assertEqual(item["duration_s"], 0)
        self.assertEqual(item["reason"], "abandoned")

    def test_the_vendors_own_broken_rendering_is_read(self):
        cdrid = new_id()
        body = ('{"hooktrigger": "END","hookid": ,"cdrid": "%s","dialtime": "2026-02-10 10:30:00","direction": "IN",'
                '"duration": ,"billseconds": ,"price": 1,50,"wasrecorded": True,"audio_file_mp3": "",'
                '"queueagentname": "Lucía "La 300" Paz","accounttags": "campaign_1, soporte","tenantid": ,"accountid": }')
        self.accept(body % cdrid)
        item = harness.wait_until(lambda: next((row for row in self.conversations(cdrid) if row["started_at"]), None), 20,
                                  "the event to be mapped")
        self.assertEqual(item["started_at"][:19], "2026-02-10T13:30:00")
        self.assertEqual(item["direction"], "inbound")
        self.assertIsNone(item["duration_s"])
        harness.wait_until(lambda: [agent["id"] for agent in self.conversations(cdrid)[0]["agents"]] == ["300"], 20,
                           "the agent of the name's digits")
        self.assertEqual(self.conversations(cdrid)[0]["campaign"]["id"], "1")

    def test_a_form_is_read_like_json(self):
        cdrid = new_id()
        headers = {"X-API-Key": self.pbx, "Content-Type": "application/x-www-form-urlencoded"}
        self.assertEqual(self.send(urllib.parse.urlencode(event(cdrid)), headers=headers).status, 200)
        self.assertEqual(len(self.conversations(cdrid)), 1)

    def test_latin_1_bytes_are_read(self):
        cdrid = new_id()
        body = json.dumps(event(cdrid, queueagentname="Peña", queueagentextension=""), ensure_ascii=False)
        self.assertEqual(self.send(body.encode("latin-1"), headers={
            "X-API-Key": self.pbx, "Content-Type": "application/json"}).status, 200)

    def test_an_identical_event_does_nothing(self):
        item = self.audited_call()
        cdrid = item["external_id"]
        answers = [self.accept(event(cdrid)) for _ in range(3)]
        self.assertEqual({answer["task_id"] for answer in answers}, {item["id"]})
        self.assertEqual(len(self.conversations(cdrid)), 1)
        self.assertEqual(len(self.conversations(cdrid)[0]["audits"]), 1)
        self.assertEqual(len([row for row in self.whole(item)["events"] if row["kind"] == "END"]), 1)

    def test_the_same_event_in_another_order_of_members_is_the_same(self):
        cdrid = new_id()
        self.accept(event(cdrid))
        self.accept(dict(reversed(event(cdrid).items())))
        self.accept(json.dumps(event(cdrid), indent=3), headers={
            "X-API-Key": self.pbx, "Content-Type": "application/json"})
        self.assertEqual(self.count_events(cdrid), 1)

    def test_a_differing_body_is_a_new_event_of_the_same_conversation(self):
        cdrid = new_id()
        first = self.accept(event(cdrid))
        second = self.accept(event(cdrid, custom1="otra"))
        self.assertEqual(first["task_id"], second["task_id"])
        self.assertEqual(self.count_events(cdrid), 2)
        self.assertEqual(len(self.conversations(cdrid)), 1)

    def test_concurrent_identical_events_are_one(self):
        cdrid = new_id()
        answers = []
        threads = [threading.Thread(target=lambda: answers.append(self.send(event(cdrid)))) for _ in range(16)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual([answer.status for answer in answers], [200] * 16)
        self.assertEqual(len({answer.json()["task_id"] for answer in answers}), 1)
        self.assertEqual(self.count_events(cdrid), 1)

    def test_any_order_of_the_events_gives_the_same_conversation(self):
        views = []
        for order in itertools.permutations((start_event, talk_event, event)):
            cdrid = new_id()
            for make in order:
                self.accept(make(cdrid))
            self.put_transcript(cdrid)
            self.wait(cdrid, "audited")
            harness.wait_until(lambda c=cdrid: not self.busy_jobs(c), 20, "its jobs to end")
            item = self.conversations(cdrid)[0]
            audit = self.whole(item)["audits"]
            views.append({**{name: item[name] for name in ("direction", "started_at", "ended_at", "duration_s", "state",
                                                           "campaign", "from", "to", "channel")},
                          "agents": [(row["id"], row["state"], row["name"]) for row in item["agents"]],
                          "audits": [row["receipt"]["audit_sha256"] for row in audit],
                          "scores": [row["quality_score"] for row in item["audits"]]})
        for view in views[1:]:
            self.assertEqual(view, views[0])
        self.assertEqual(len(views[0]["audits"]), 1)
        self.assertEqual(views[0]["agents"], [("300", "mapped", "Lucía")])
        self.assertEqual(views[0]["duration_s"], 300)

    def busy_jobs(self, cdrid):
        return [job for state in ("queued", "running")
                for job in self.server.get(f"/api/v1/jobs?limit=200&state={state}", key=self.reader).json()["items"]]

    def test_a_late_start_changes_nothing_that_the_end_said(self):
        cdrid = new_id()
        self.accept(event(cdrid))
        self.accept(start_event(cdrid, duration="", billseconds="", queueagentname="", accounttags=""))
        item = self.wait(cdrid, DONE)
        self.assertEqual((item["duration_s"], item["campaign"]["id"]), (300, "1"))

    def test_an_end_without_a_recording_is_no_recording(self):
        cdrid = new_id()
        self.accept(event(cdrid))
        self.assertEqual(self.wait(cdrid, DONE)["state"], "no_recording")


class Recordings(WebhookCase):
    def recorded(self, cdrid, url, **more):
        return self.accept(event(cdrid, wasrecorded="true", audio_file_wav=url, **more))

    def test_a_recording_is_stored_once_and_served_in_parts(self):
        cdrid, audio = new_id(), wav_of(1)
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", audio))
        self.put_transcript(cdrid)
        self.recorded(cdrid, url)
        item = self.wait(cdrid, "audited")
        recording = self.wait_recording(cdrid, "stored")
        self.assertEqual(len(item["recordings"]), 1)
        self.assertEqual(recording["sha256"], hashlib.sha256(audio).hexdigest())
        self.assertEqual(recording["bytes"], len(audio))
        # It is measured right after it is stored.
        measured = harness.wait_until(lambda: self.wait_recording(cdrid, "stored")["duration_s"], what="its duration")
        self.assertEqual((self.wait_recording(cdrid, "stored")["channels"], round(measured)), (1, 1))
        # Told again, it is there already; nothing is fetched twice.
        self.assertIs(self.recorded(cdrid, url)["recording_downloaded"], True)
        self.assertIs(self.recorded(cdrid, url, custom1="again")["recording_downloaded"], True)
        self.accept(event(cdrid, trigger="RECORDING", wasrecorded="1", audio_file_wav=url))
        self.audited_call()
        self.assertEqual(self.files.asked[f"/{cdrid}.wav"], 1)
        self.assertEqual(len(self.conversations(cdrid)[0]["recordings"]), 1)

        path = f"/api/v1/recordings/{recording['id']}/audio"
        whole = self.server.get(path, key=self.reader)
        self.assertEqual((whole.status, whole.body), (200, audio))
        self.assertIn("no-store", whole.headers["cache-control"])
        self.assertIn("private", whole.headers["cache-control"])
        self.assertTrue(whole.headers["content-type"].startswith("audio/"))
        for asked, body in (("bytes=0-9", audio[:10]), ("bytes=100-", audio[100:]), ("bytes=-7", audio[-7:]),
                            (f"bytes=10-{len(audio) * 2}", audio[10:])):
            part = self.server.get(path, key=self.reader, headers={"Range": asked})
            self.assertEqual((part.status, part.body), (206, body), asked)
            self.assertRegex(part.headers["content-range"], rf"^bytes \d+-\d+/{len(audio)}$")
        beyond = self.server.get(path, key=self.reader, headers={"Range": f"bytes={len(audio)}-"})
        self.assertEqual(beyond.status, 416, beyond)
        self.assertEqual(beyond.headers["content-range"], f"bytes */{len(audio)}")
        for key, status in ((self.server.create_key("audits:read"), 403), (self.pbx, 403), ("0" * 64, 401)):
            self.assertEqual(self.server.get(path, key=key).status, status)
        self.assertEqual(self.server.get(path.replace(recording["id"], item["id"]), key=self.reader).status, 404)

    def test_a_recording_that_comes_late_is_asked_for_again(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (404, "text/plain", b"not yet"), (200, "audio/wav", wav_of(2)))
        self.put_transcript(cdrid)
        self.recorded(cdrid, url)
        self.wait_recording(cdrid, "stored")
        self.assertEqual(self.files.asked[f"/{cdrid}.wav"], 2)

    def test_a_recording_that_never_comes_is_missing_with_a_reason(self):
        cdrid = new_id()
        self.recorded(cdrid, self.files.put(f"/{cdrid}.wav", (404, "text/plain", b"never")))
        recording = self.wait_recording(cdrid, "missing")
        self.assertTrue(recording["reason"])
        self.assertEqual(self.wait(cdrid, DONE)["state"], "no_recording")

    def test_a_page_instead_of_audio_is_not_stored(self):
        for media_type in ("text/html", "audio/wav"):
            cdrid = new_id()
            self.recorded(cdrid, self.files.put(f"/{cdrid}.wav",
                                                (200, media_type, b"<!doctype html><title>Sign in</title>" * 9)))
            recording = harness.wait_until(
                lambda c=cdrid: next((row for item in self.conversations(c) for row in item["recordings"]
                                      if row["state"] in ("missing", "failed")), None), 30, "it to be given up")
            self.assertTrue(recording["reason"])
            self.assertIsNone(recording["sha256"])
            self.assertNotIn("Sign in", recording["reason"])

    def test_a_host_that_is_not_allowed_is_never_fetched_and_shown(self):
        other = Files()
        self.addCleanup(other.close)
        for url in (other.put("/x.wav", (200, "audio/wav", wav_of(3))), "file:///etc/passwd",
                    f"http://localhost:{other.port}/x.wav", f"http://2130706433:{other.port}/x.wav",
                    f"http://[::ffff:127.0.0.1]:{other.port}/x.wav", "http://169.254.169.254/latest/meta-data",
                    f"https://anura.com.ar@127.0.0.1:{other.port}/x.wav", "gopher://127.0.0.1/x", "no url at all"):
            with self.subTest(url=url):
                cdrid = new_id()
                self.recorded(cdrid, url)
                recording = self.wait_recording(cdrid, "failed")
                self.assertTrue(recording["reason"])
        self.assertEqual(sum(other.asked.values()), 0)

    def test_a_redirect_to_another_host_is_not_followed(self):
        other = Files()
        self.addCleanup(other.close)
        target = other.put("/x.wav", (200, "audio/wav", wav_of(3)))
        cdrid = new_id()
        self.recorded(cdrid, self.files.put(f"/{cdrid}.wav", (302, "text/plain", target.encode())))
        self.wait_recording(cdrid, "failed")
        self.assertEqual(sum(other.asked.values()), 0)

    def test_another_end_with_the_right_address_repairs_a_refused_one(self):
        cdrid = new_id()
        self.recorded(cdrid, "http://127.0.0.1:9/x.wav")
        self.wait_recording(cdrid, "failed")
        self.recorded(cdrid, self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(4))))
        self.wait_recording(cdrid, "stored")
        self.assertEqual(len(self.conversations(cdrid)[0]["recordings"]), 1)

    def test_a_silent_recording_is_not_auditable(self):
        cdrid = new_id()
        self.recorded(cdrid, self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(0)[:44] + bytes(16000))))
        item = self.wait(cdrid, DONE)
        self.assertEqual((item["state"], item["reason"]), ("not_auditable", "no_speech"))


class Transcripts(WebhookCase):
    def test_before_or_after_the_end_gives_the_same_audit(self):
        before, after = new_id(), new_id()
        self.assertIn(self.put_transcript(before).status, (200, 201))
        self.accept(event(before))
        self.accept(event(after))
        self.wait(after, "no_recording")
        self.assertIn(self.put_transcript(after).status, (200, 201))
        first, second = (self.whole(self.wait(cdrid, "audited")) for cdrid in (before, after))
        self.assertEqual(first["audits"][0]["receipt"]["audit_sha256"], second["audits"][0]["receipt"]["audit_sha256"])
        self.assertEqual(len(second["audits"]), 1)

    def test_it_is_stored_once_by_its_hash(self):
        cdrid = new_id()
        self.accept(event(cdrid))
        self.put_transcript(cdrid)
        item = self.wait(cdrid, "audited")
        audits = self.whole(item)["audits"]
        spaced = json.dumps(transcript_of(7), indent=4)
        self.assertIn(self.put_transcript(cdrid, spaced).status, (200, 201))
        self.audited_call()
        self.assertEqual(self.whole(item)["audits"], audits)
        self.assertEqual(self.whole(item)["transcript"]["sha256"], audits[0]["receipt"]["transcript_sha256"])

    def test_what_breaks_a_rule_is_a_problem_that_echoes_nothing(self):
        cdrid = new_id()
        for body in ("", "[]", "{", '{"segments": [{"speaker": "Fernandez", "text": "x"}]}', "[" * 5000):
            answer = self.put_transcript(cdrid, body or " ")
            self.assertIn(answer.status, (400, 413, 422), answer)
            self.assertIn("application/problem+json", answer.headers["content-type"])
            self.assertNotIn("Fernandez", answer.text)
        self.assertEqual(self.conversations(cdrid), [])

    def test_a_missing_external_id_is_a_problem(self):
        self.assert_problem(self.put_transcript(""), 400)

    def test_a_source_that_does_not_exist(self):
        answer = self.put_transcript(new_id(), source="nope")
        self.assertIn(answer.status, (400, 403, 404), answer)

    def test_the_scope_of_another_account_does_not_do(self):
        self.assert_problem(self.put_transcript(new_id(), account="norte"), 403)
        self.assert_problem(self.put_transcript(new_id(), key=self.reader), 403)


class Mapping(WebhookCase):
    def test_naming_an_agent_later_repairs_the_past(self):
        item = self.audited_call(queueagentextension="412", queueagentname="Marta")
        self.assertEqual((item["agents"][0]["id"], item["agents"][0]["state"], item["agents"][0]["wanted"]),
                         (None, "unmapped", "412"))
        self.assertIsNone(item["audits"][0]["agent"])
        self.assertEqual(self.server.cli("agents", "set", "412", "--name", "Marta").returncode, 0)
        cdrid = item["external_id"]
        item = harness.wait_until(lambda: next((row for row in self.conversations(cdrid)
                                                if row["agents"][0]["state"] == "mapped"), None), 20, "the repair")
        self.assertEqual((item["agents"][0]["id"], item["agents"][0]["name"]), ("412", "Marta"))
        self.assertEqual([row["agent"] for row in item["audits"]], ["412"])
        self.assertEqual(self.whole(item)["audits"][0]["agent"], "412")
        self.assertEqual(len(item["agents"]), 1)

    def test_a_campaign_that_does_not_exist_is_unmapped_until_it_does(self):
        item = self.audited_call(accounttags="campaign_77")
        self.assertEqual(item["campaign"], {"id": None, "state": "unmapped", "wanted": "77"})
        self.assertEqual(self.server.cli("campaigns", "set", "77", "--name", "Nueva").returncode, 0)
        harness.wait_until(lambda: self.conversations(item["external_id"])[0]["campaign"]
                           == {"id": "77", "state": "mapped", "wanted": None}, 20, "the repair")

    def test_the_table_comes_before_the_rule(self):
        done = self.server.cli("mappings", "set", "campaign", "tag", "vip", "2", "--source", "anura", "--account",
                               "default")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.audited_call(accounttags="vip, campaign_1")["campaign"]["id"], "2")

    def test_a_mapping_made_later_repairs_the_past(self):
        item = self.audited_call(queueagentextension="", queueagentname="Berta")
        self.assertNotEqual(item["agents"][0]["state"] if item["agents"] else "none", "mapped")
        done = self.server.cli("mappings", "set", "agent", "agent_name", "Berta", "300", "--source", "anura", "--account",
                               "default")
        self.assertEqual(done.returncode, 0, done)
        harness.wait_until(lambda: [row["id"] for row in self.conversations(item["external_id"])[0]["agents"]] == ["300"],
                           20, "the repair")

    def test_a_kind_that_the_source_does_not_know_is_refused(self):
        done = self.server.cli("mappings", "set", "agent", "nickname", "Berta", "300")
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(b"agent_name", done.stderr)

    def test_two_agents_of_one_call_are_two_participations(self):
        cdrid = new_id()
        self.accept(talk_event(cdrid, queueagentextension="300"))
        self.accept(event(cdrid, queueagentextension="301", queueagentname="Otra"))
        self.put_transcript(cdrid)
        harness.wait_until(lambda: len(self.conversations(cdrid)[0]["agents"]) == 2, 20, "both agents")
        self.assertEqual(len(self.conversations(cdrid)), 1)


class Defaults(WebhookCase):
    more_env = {"ANURA_DEFAULT_CAMPAIGN_ID": "2", "ANURA_DEFAULT_OPERATOR_ID": "300"}

    def test_the_default_is_taken_only_when_nothing_was_named(self):
        item = self.audited_call(accounttags="soporte", queueagentextension="", queueagentname="")
        self.assertEqual(item["campaign"], {"id": "2", "state": "defaulted", "wanted": None})
        self.assertEqual([(row["id"], row["state"]) for row in item["agents"]], [("300", "defaulted")])

    def test_a_named_one_that_does_not_exist_is_unmapped_never_the_default(self):
        item = self.audited_call(accounttags="campaign_99", queueagentextension="999")
        self.assertEqual(item["campaign"], {"id": None, "state": "unmapped", "wanted": "99"})
        self.assertEqual([(row["id"], row["state"], row["wanted"]) for row in item["agents"]],
                         [(None, "unmapped", "999")])


if __name__ == "__main__":
    unittest.main()
