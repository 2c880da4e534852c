"""The paths that a predecessor's clients know: tasks, the pages about mapping, and what an operator sees of received
webhooks."""

import datetime
import http.server
import importlib.util
import json
import sqlite3
import threading
import unittest
import uuid

import harness
from kill_soak import transcript_of, wav_of
from webhook_case import DONE, PHONE, WebhookCase, event, new_id, start_event

TASK = {"status", "result", "metadata", "error"}


class Answers(WebhookCase):
    def test_what_could_not_be_read_is_named_and_never_repeated(self):
        cdrid = new_id()
        answer = self.accept(event(cdrid, price="Fernandez", duration="mucho"))
        self.assertEqual(answer["warnings"], ["duration: not a number of seconds", "price: not a price"])
        self.assertNotIn("Fernandez", json.dumps(answer))
        self.assertNotIn("warnings", self.accept(event(new_id())))

    def test_each_trigger_in_any_case_and_an_unknown_one_is_one_task(self):
        cdrid = new_id()
        tasks = {self.accept({"HookTrigger": trigger, "CDRID": cdrid})["task_id"]
                 for trigger in ("originate", "Start", "TALK", "end", "Recording", "PARKED")}
        self.assertEqual(len(tasks), 1)
        self.assertEqual(self.count_events(cdrid), 6)


class Tasks(WebhookCase):
    def task(self, task_id, key=None):
        return self.server.get(f"/tasks/{task_id}", headers={"X-API-Key": key or self.pbx})

    def test_the_key_of_the_pbx_follows_its_task_to_the_end(self):
        cdrid = new_id()
        task_id = self.accept(start_event(cdrid))["task_id"]
        answer = self.task(task_id)
        self.assertEqual((answer.status, set(answer.json())), (200, TASK))
        self.assertEqual((answer.json()["status"], answer.json()["result"]), ("pending", None))
        self.accept(event(cdrid))
        self.put_transcript(cdrid)
        self.wait(cdrid, "audited")
        done = self.task(task_id).json()
        self.assertEqual((done["status"], done["error"]), ("completed", None))
        self.assertEqual((done["metadata"]["call_id"], done["metadata"]["state"]), (cdrid, "audited"))
        # The webhook's key sees the figures, not the words.
        self.assertIsNone(done["result"]["segments"])
        self.assertEqual(len(done["result"]["audits"]), 1)
        whole = self.task(task_id, self.reader).json()
        self.assertEqual(len(whole["result"]["segments"]), len(transcript_of(7)["segments"]))
        self.assertNotIn(PHONE, json.dumps(done))

    def test_a_lost_recording_is_a_failed_task_with_its_reason(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (404, "text/plain", b"never"))
        task_id = self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url))["task_id"]
        self.wait_recording(cdrid, "missing")
        self.wait(cdrid, "no_recording")
        task = self.task(task_id).json()
        self.assertEqual((task["status"], task["error"], task["result"]), ("failed", "absent", None))
        self.assertEqual(self.server.get(f"/tasks/{task_id}/audio", key=self.reader).status, 404)

    def test_a_call_that_was_not_recorded_is_done(self):
        cdrid = new_id()
        task_id = self.accept(event(cdrid))["task_id"]
        self.wait(cdrid, "no_recording")
        self.assertEqual(self.task(task_id).json()["status"], "completed")

    def test_others_do_not_see_it(self):
        task_id = self.accept(event(new_id()))["task_id"]
        other = self.server.create_key("webhook:anura/norte")
        self.assertEqual(self.task(task_id, other).status, 404)
        limited = self.server.create_key("audits:read", campaigns=("2",))
        self.assertEqual(self.task(task_id, limited).status, 404)
        for path in (f"/tasks/{uuid.uuid4()}", "/tasks/not-an-id"):
            answer = self.server.get(path, key=self.reader)
            self.assertEqual((answer.status, answer.json()), (404, {"detail": "Task not found"}))

    def test_credentials_get_the_predecessors_codes(self):
        for headers, status, detail in (({}, 401, "Authentication required"),
                                        ({"X-API-Key": "nope"}, 403, "Invalid API Key"),
                                        ({"Authorization": "Bearer nope"}, 401, "Invalid or expired token")):
            answer = self.server.get("/tasks/", headers=headers)
            self.assertEqual((answer.status, answer.json()), (status, {"detail": detail}))

    def test_the_list_is_of_the_keys_own_account_in_pages(self):
        account = "lista"
        key = self.server.create_key(f"webhook:anura/{account}")
        self.assertEqual(self.server.get("/tasks/", key=key).json()["tasks"], [])
        ids = []
        for minute in range(5):
            cdrid = new_id()
            ids.insert(0, self.accept(event(cdrid, dialtime=f"2026-02-10 10:0{minute}:00"), key=key)["task_id"])
            self.wait(cdrid, DONE)
        self.accept(event(new_id()))
        seen = self.server.get("/tasks/", key=key).json()
        self.assertEqual([task["task_id"] for task in seen["tasks"]], ids)
        page = self.server.get("/tasks?skip=1&limit=2", key=key).json()
        self.assertEqual([task["task_id"] for task in page["tasks"]], ids[1:3])
        for query in ("limit=0", "limit=501", "limit=x", "skip=-1", "skip=10001"):
            self.assertEqual(self.server.get("/tasks?" + query, key=key).status, 400, query)
        self.assertGreater(len(self.server.get("/tasks?limit=500", key=self.reader).json()["tasks"]), 5)

    def test_audio_is_for_keys_that_may_listen(self):
        cdrid, audio = new_id(), wav_of(5)
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", audio))
        task_id = self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url))["task_id"]
        self.wait_recording(cdrid, "stored")
        answer = self.server.get(f"/tasks/{task_id}/audio", key=self.reader)
        self.assertEqual((answer.status, answer.body), (200, audio))
        self.assertEqual(answer.headers["content-disposition"], f'attachment; filename="{task_id}.wav"')
        self.assertEqual(self.server.get(f"/tasks/{task_id}/audio", key=self.pbx).status, 403)


class Recordings(WebhookCase):
    def test_a_reason_is_a_word_of_a_closed_list(self):
        for answer, reason in (((404, "text/plain", b"x"), "absent"), ((500, "text/plain", b"x"), "source_error"),
                               ((403, "text/plain", b"x"), "denied"), ((401, "text/plain", b"x"), "denied"),
                               ((200, "audio/wav", b""), "empty"), ((200, "audio/wav", b"<html>" * 9), "no_audio")):
            with self.subTest(reason=reason, status=answer[0]):
                cdrid = new_id()
                url = self.files.put(f"/{cdrid}.wav", answer)
                self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url))
                harness.wait_until(lambda c=cdrid, r=reason: any(
                    (row["state"], row["reason"]) in (("missing", r), ("failed", r))
                    for item in self.conversations(c) for row in item["recordings"]), 30, reason)

    def test_the_page_says_the_reason_in_words(self):
        cdrid = new_id()
        task_id = self.accept(event(cdrid, wasrecorded="1", audio_file_wav="https://other.example/x.wav"))["task_id"]
        self.wait_recording(cdrid, "failed")
        signed = self.server.post("/sign-in", f"key={self.reader}",
                                  headers={"Content-Type": "application/x-www-form-urlencoded"})
        cookie = signed.headers["set-cookie"].split(";")[0]
        page = self.server.get(f"/conversations/{task_id}", headers={"Cookie": cookie})
        self.assertIn("su dirección no está permitida", page.text)
        self.assertNotIn("address_refused", page.text)

    def test_wav_comes_before_mp3_before_ogg(self):
        cdrid = new_id()
        urls = {kind: self.files.put(f"/{cdrid}.{kind}", (404, "text/plain", b"none")) for kind in ("wav", "mp3", "ogg")}
        self.files.put(f"/{cdrid}.mp3", (200, "audio/wav", wav_of(6)))
        self.accept(event(cdrid, wasrecorded="1", **{f"audio_file_{kind}": url for kind, url in urls.items()}))
        self.wait_recording(cdrid, "stored")
        self.assertEqual([self.files.asked[f"/{cdrid}.{kind}"] for kind in ("wav", "mp3", "ogg")], [1, 1, 0])

    def test_one_that_was_given_up_is_alerted_once_and_taken_when_a_late_event_tells_of_it(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (404, "text/plain", b"never"))
        self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url))
        self.wait_recording(cdrid, "missing")
        self.wait(cdrid, "no_recording")
        conversation = self.conversations(cdrid)[0]["id"]

        def dead():
            jobs = self.server.get("/api/v1/jobs?state=dead&kind=fetch&limit=500", key=self.reader).json()["items"]
            return any(job["key"] == conversation for job in jobs)
        harness.wait_until(dead, 20, "the job to be given up")
        before = self.files.asked[f"/{cdrid}.wav"]
        self.accept(event(cdrid, trigger="TRANSFER", custom1="news"))
        harness.wait_until(lambda: self.files.asked[f"/{cdrid}.wav"] > before and dead(), 30, "it to be given up again")
        self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(0)[:44] + bytes(16000)))
        self.accept(event(cdrid, trigger="RECORDING", wasrecorded="1", audio_file_wav=url))
        self.assertIsNone(self.wait_recording(cdrid, "stored")["reason"])
        self.assertEqual(self.wait(cdrid, "not_auditable")["reason"], "no_speech")
        alerts = [line for line in self.server.log if '"recording_missing"' in line and conversation in line]
        self.assertEqual(len(alerts), 1, alerts)


class Health(WebhookCase):
    def test_it_says_no_while_nothing_can_be_kept_and_yes_again(self):
        self.assertEqual(self.server.get("/webhook/anura/health").status, 200)
        held = sqlite3.connect(self.server.data / "oidor.db", isolation_level=None, timeout=20)
        self.addCleanup(held.close)
        held.execute("BEGIN IMMEDIATE")
        answer = self.server.get("/webhook/anura/health", seconds=40)
        self.assertEqual((answer.status, answer.json()["webhook_ready"]), (503, False), answer)
        held.execute("ROLLBACK")
        harness.wait_until(lambda: self.server.get("/webhook/anura/health").status == 200, 20, "it to be ready")


class Mapping(WebhookCase):
    def validate(self, **fields):
        answer = self.server.post("/anura/validate-mapping", fields, headers={"X-API-Key": self.pbx})
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def test_campaigns_come_with_the_tag_that_names_them(self):
        answer = self.server.get("/anura/campaigns", key=self.pbx).json()
        self.assertEqual(answer["total"], 2)
        self.assertEqual(answer["campaigns"][0], {"campaign_id": 1, "campaign_name": "Ventas", "tag": "campaign_1"})
        limited = self.server.create_key("audits:read", campaigns=("2",))
        self.assertEqual([row["campaign_id"] for row in
                          self.server.get("/anura/campaigns", key=limited).json()["campaigns"]], [2])

    def test_what_would_be_mapped(self):
        fine = self.validate(accounttags="vip, campaign_1", queueagentextension=300, queueagentname="Lucía")
        self.assertIs(fine["valid"], True)
        self.assertEqual(fine["recommendations"], [])
        self.assertEqual((fine["mapping"]["campaign"]["extracted_id"], fine["mapping"]["campaign"]["campaign_name"],
                          fine["mapping"]["campaign"]["exists"]), (1, "Ventas", True))
        self.assertEqual(fine["mapping"]["operator"]["extracted_id"], 300)
        named = self.validate(accounttags="campaign_99", queueagentname="Agente 412")
        self.assertIs(named["valid"], False)
        self.assertEqual((named["mapping"]["campaign"]["extracted_id"], named["mapping"]["campaign"]["exists"]), (99, False))
        self.assertEqual(named["mapping"]["operator"]["extracted_id"], 412)
        self.assertEqual(len(named["recommendations"]), 2)
        self.assertIn("99", named["recommendations"][0])
        nothing = self.validate()
        self.assertIs(nothing["mapping"]["campaign"]["valid"], True)
        self.assertIs(nothing["valid"], False)

    def test_what_is_no_object_is_refused_in_the_predecessors_shape(self):
        for body in ("[]", "{", ""):
            answer = self.server.post("/anura/validate-mapping", body, headers={"X-API-Key": self.pbx})
            self.assertEqual((answer.status, set(answer.json())), (400, {"detail"}))

    def test_the_guide_and_the_figures_are_for_keys_of_that_account_or_readers(self):
        other = self.server.create_key("webhook:genesys/x")
        for path in ("/anura/campaigns", "/anura/mapping-guide", "/anura/stats"):
            self.assertEqual(self.server.get(path).status, 401, path)
            self.assertEqual(self.server.get(path, key=other).status, 403, path)
            self.assertEqual(self.server.get(path + "?account=norte", key=self.pbx).status, 403, path)
            self.assertEqual(self.server.get(path, key=self.pbx).status, 200, path)
            self.assertEqual(self.server.get(path, key=self.reader).status, 200, path)

    def test_the_figures_count_the_day(self):
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
        before = self.server.get("/anura/stats", key=self.pbx).json()["last_24_hours"]["calls"]
        cdrid = new_id()
        self.accept(event(cdrid, dialtime=today))
        self.wait(cdrid, "no_recording")
        stats = self.server.get("/anura/stats", key=self.pbx).json()
        self.assertEqual(stats["last_24_hours"]["calls"], before + 1)
        self.assertEqual(stats["last_calls"][0]["call_id"], cdrid)
        self.assertIs(stats["last_calls"][0]["recording_downloaded"], False)
        self.assertIsNone(stats["totals_of_all_sources"]["calls"])
        self.assertGreater(self.server.get("/anura/stats", key=self.reader).json()["totals_of_all_sources"]["calls"], 0)
        # The totals are this source's and account's, whatever else there is.
        before = stats["totals"]["calls"]
        other = self.server.create_key("webhook:anura/otra")
        self.accept(event(new_id()), key=other)
        self.accept(event(new_id()))
        harness.wait_until(lambda: self.server.get("/anura/stats", key=self.pbx).json()["totals"]["calls"] == before + 1, 20,
                           "one more")
        self.assertEqual(self.server.get("/anura/stats", key=other).json()["totals"],
                         {"calls": 1, "states": self.server.get("/anura/stats", key=other).json()["totals"]["states"],
                          "recordings": {}})

    def test_the_template_is_the_one_that_the_simulator_sends(self):
        printed = self.server.cli("anura", "template")
        self.assertEqual(printed.returncode, 0, printed)
        template = json.loads(printed.stdout)
        spec = importlib.util.spec_from_file_location("simulator", harness.ROOT / "src/connectors/anura/simulator.py")
        simulator = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(simulator)
        self.assertEqual(list(template), simulator.TEMPLATE)
        self.assertIn(b"webhook/anura/", printed.stderr)
        guide = self.server.get("/anura/mapping-guide", key=self.pbx).json()
        self.assertEqual(json.loads(guide["template"]), template)
        self.assertEqual(self.server.cli("anura", "nope").returncode, 2)
        self.assertEqual(json.loads(json.loads(self.server.cli("anura", "template", "--json").stdout)["template"]), template)


class Erasing(WebhookCase):
    """A task's row alone is not the task: 204 is said when its audio has gone, too."""

    def delete(self, task_id, key):
        return self.server.request("DELETE", f"/tasks/{task_id}", headers={"X-API-Key": key})

    def blobs(self):
        return [path for path in (self.server.data / "blobs").rglob("*") if path.is_file()]

    def test_what_is_deleted_is_gone(self):
        cdrid, audio = new_id(), wav_of(8)
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", audio))
        task_id = self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url))["task_id"]
        self.wait_recording(cdrid, "stored")
        self.assertEqual(len(self.blobs()), 1)
        self.assertEqual(self.delete(task_id, "nope").status, 403)
        self.assertEqual(self.delete(task_id, self.pbx).status, 403)
        self.assertEqual(self.delete(task_id, self.server.create_key("audits:read")).status, 403)
        self.assertEqual(self.delete(task_id, self.server.create_key("webhook:anura/norte")).status, 404)
        self.assertEqual(self.server.get(f"/tasks/{task_id}", key=self.reader).status, 200)
        done = self.delete(task_id, self.reader)
        self.assertEqual((done.status, done.body), (204, b""))
        self.assertEqual(self.server.get(f"/tasks/{task_id}", key=self.reader).status, 404)
        self.assertEqual(self.server.get(f"/tasks/{task_id}/audio", key=self.reader).status, 404)
        self.assertEqual(self.delete(task_id, self.reader).status, 404)
        harness.wait_until(lambda: not self.blobs(), 40, "the audio to be gone")

    def test_a_hold_wins(self):
        task_id = self.accept(event(new_id()))["task_id"]
        self.wait(self.server.get(f"/tasks/{task_id}", key=self.reader).json()["metadata"]["call_id"], DONE)
        held = self.server.cli("hold", "add", "--conversation", task_id, "--reason", "reclamo")
        self.assertEqual(held.returncode, 0, held)
        answer = self.delete(task_id, self.reader)
        self.assertEqual((answer.status, list(answer.json())), (409, ["detail"]))
        self.assertEqual(self.server.get(f"/tasks/{task_id}", key=self.reader).status, 200)


class Reports(WebhookCase):
    def test_campaigns_are_those_that_the_key_may_see(self):
        answer = self.server.get("/campaigns/", key=self.pbx).json()
        self.assertEqual(answer, {"total": 2, "campaigns": [{"campaign_id": 1, "campaign_name": "Ventas"},
                                                            {"campaign_id": 2, "campaign_name": "Soporte"}]})
        limited = self.server.create_key("audits:read", campaigns=("2",))
        self.assertEqual(self.server.get("/campaigns", key=limited).json()["total"], 1)
        self.assertEqual(self.server.get("/campaigns").status, 401)

    def test_each_task_is_in_exactly_one_status(self):
        now = datetime.datetime.now(datetime.timezone.utc)
        key = self.server.create_key("webhook:anura/informes")

        def send(**more):
            cdrid = new_id()
            self.accept(event(cdrid, dialtime=now.strftime("%Y-%m-%dT%H:%M:%SZ"), **more), key=key)
            return cdrid
        audited, lost = send(), send(wasrecorded="1", audio_file_wav="https://other.example/x.wav")
        plain = send()
        self.accept(start_event(new_id(), dialtime=now.strftime("%Y-%m-%dT%H:%M:%SZ")), key=key)
        self.assertIn(self.put_transcript(audited, key=key, account="informes").status, (200, 201))
        for cdrid in (audited, lost, plain):
            self.wait(cdrid, DONE)
        self.wait(audited, "audited")
        self.wait_recording(lost, "failed")
        self.wait(lost, "no_recording")
        tasks = self.server.get("/reports/tasks", key=key).json()
        self.assertEqual(tasks, {"total": 4, "pending": 1, "processing": 0, "completed": 2, "failed": 1, "period_days": 30})
        audits = self.server.get("/reports/audits?days=7", key=key).json()
        task = self.conversations(audited)[0]["id"]
        one = self.server.post("/audit/generate", {"task_uuid": task}, key=self.reader).json()
        score = one["score"]
        self.assertEqual(one["failure"], score < 70)
        self.assertEqual(audits, {"total_audits": 1, "average_score": score, "failure_count": int(score < 70),
                                  "failure_rate": float(score < 70), "period_days": 7})
        summary = self.server.get("/reports/summary", key=key).json()
        self.assertEqual((summary["tasks"], set(summary)), (tasks, {"tasks", "audits", "generated_at"}))
        everything = self.server.get("/reports/tasks", key=self.reader).json()
        self.assertEqual(everything["total"], sum(everything[name] for name in ("pending", "processing", "completed", "failed")))

    def test_how_far_back_is_bounded(self):
        for days in ("0", "367", "x", "-1"):
            answer = self.server.get("/reports/tasks?days=" + days, key=self.pbx)
            self.assertEqual((answer.status, list(answer.json())), (400, ["detail"]), days)

    def test_health_is_open(self):
        self.assertEqual(self.server.get("/health").json(), {"status": "ok"})


class Credentials(unittest.TestCase):
    """A recording that the PBX refuses is asked for again with what is set for that."""

    def test_they_are_sent_after_a_refusal_alone_and_never_elsewhere(self):
        seen, audio = [], wav_of(9)

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self):
                given = self.headers.get("Authorization"), self.headers.get("X-API-Key")
                seen.append((self.path, *given))
                open_to = {"/open.wav": True, "/bearer.wav": given[0] == "Bearer t-123456789",
                           "/key.wav": given[1] == "k-123456789"}[self.path]
                self.send_response(200 if open_to else 401)
                self.send_header("Content-Type", "audio/wav")
                self.send_header("Content-Length", str(len(audio) if open_to else 0))
                self.end_headers()
                self.wfile.write(audio if open_to else b"")

            def log_message(self, *_):
                pass
        web = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=web.serve_forever, args=(0.05,), daemon=True).start()
        self.addCleanup(web.server_close)
        self.addCleanup(web.shutdown)
        account = "OIDOR_ACCOUNTS_ANURA_DEFAULT_"
        server = harness.Server(env={account + "RECORDING_BEARER": "t-123456789", account + "RECORDING_API_KEY": "k-123456789",
                                     account + "PRIVATE_HOSTS": f"127.0.0.1:{web.server_address[1]}"})
        self.addCleanup(server.remove_data)
        server.start()
        key = server.create_key("webhook:anura/default", "audits:read")
        for name in ("open", "bearer", "key"):
            answer = server.post("/webhook/anura/", event(name, wasrecorded="1",
                                                          audio_file_wav=f"http://127.0.0.1:{web.server_address[1]}/{name}.wav"),
                                 headers={"X-API-Key": key})
            self.assertEqual(answer.status, 200, answer)
            harness.wait_until(lambda n=name: [row["state"] for item in server.list_conversations(key, external_id=n)
                                               for row in item["recordings"]] == ["stored"], 40, name)
        self.assertEqual(seen, [("/open.wav", None, None), ("/bearer.wav", None, None),
                                ("/bearer.wav", "Bearer t-123456789", None), ("/key.wav", None, None),
                                ("/key.wav", "Bearer t-123456789", None), ("/key.wav", None, "k-123456789")])
        self.assertNotIn("-123456789", "".join(server.log))


class Received(WebhookCase):
    def events(self, cdrid):
        return self.server.get("/api/v1/events?external_id=" + cdrid, key=self.reader).json()["items"]

    def test_each_event_says_what_became_of_it(self):
        cdrid = new_id()
        self.accept(event(cdrid))
        self.put_transcript(cdrid)
        self.wait(cdrid, "audited")
        harness.wait_until(lambda: self.events(cdrid)[0]["fate"]["state"] == "merged", 20, "it to be merged")
        self.assertEqual(self.events(cdrid)[0]["fate"],
                         {"state": "merged", "conversation": "audited", "reason": None, "error": None})

    def test_a_delivery_that_was_not_taken_is_listed_with_its_reason(self):
        for body, status in (("[]", 400), (json.dumps({"calling": PHONE, "hooktrigger": "END"}), 422)):
            self.assertEqual(self.send(body, headers={"X-API-Key": self.pbx, "Content-Type": "application/json"}).status,
                             status)

        def listed():
            items = self.server.get("/api/v1/events/rejected?limit=2", key=self.reader).json()["items"]
            return items if len(items) == 2 else None
        newest, oldest = harness.wait_until(listed, 10, "both to be listed")
        self.assertEqual((newest["status"], oldest["status"]), (422, 400))
        self.assertEqual(newest["reason"], "anura/default cdrid: missing")
        self.assertNotIn(PHONE, json.dumps(newest))
        page = self.server.get("/api/v1/events/rejected?limit=1", key=self.reader).json()
        after = self.server.get(f"/api/v1/events/rejected?limit=1&after={page['next']}", key=self.reader).json()
        self.assertEqual([page["items"][0]["status"], after["items"][0]["status"]], [422, 400])
        self.assertEqual(self.server.get("/api/v1/events/rejected", key=self.pbx).status, 403)
        limited = self.server.create_key("audits:read", campaigns=("2",))
        self.assertEqual(self.server.get("/api/v1/events/rejected", key=limited).status, 403)

    def test_uses_of_a_key_are_counted_by_day(self):
        key = self.server.create_key("webhook:anura/default", name="contada")
        for _ in range(3):
            self.assertEqual(self.send(event(new_id()), key=key).status, 200)
        today = datetime.datetime.now(datetime.timezone.utc).strftime("%Y-%m-%d")

        def uses():
            items = self.server.get("/api/v1/keys?days=2", key=self.reader).json()["items"]
            return next(row for row in items if row["name"] == "contada")["uses"]
        harness.wait_until(lambda: uses().get(today) == 3, 20, "three uses")
        self.assertEqual(len(uses()), 2)
        rows = harness.json_lines(self.server.cli("keys", "list", "--days", "2", "--json").stdout)
        self.assertEqual(next(row for row in rows if row["name"] == "contada")["uses"], uses())
        self.assertIn(today.encode(), self.server.cli("keys", "list", "--days", "2").stdout)
        self.assertEqual(self.server.cli("keys", "list", "--days", "0").returncode, 2)
        self.assertEqual(self.server.get("/api/v1/keys?days=32", key=self.reader).status, 400)
        self.assertEqual(self.server.get("/api/v1/keys", key=key).status, 403)
        self.assertNotIn(key, self.server.get("/api/v1/keys", key=self.reader).text)


if __name__ == "__main__":
    unittest.main()
