"""What the server tells whoever runs it: metrics that move, and an access log that says who looked, who was refused
and who came in."""

import contextlib
import re
import sqlite3
import unittest
import urllib.parse

import harness
from kill_soak import wav_of
from webhook_case import WebhookCase, event, new_id


class Telling(WebhookCase):
    def metrics(self):
        """Name with labels → value."""
        text = self.server.get("/metrics").text
        return {name: float(value) for name, value in re.findall(r"^([a-z][^ ]*) ([0-9.e+-]+)$", text, re.MULTILINE)}

    def wait_metric(self, name, least):
        return harness.wait_until(lambda: self.metrics().get(name, 0) >= least, 30, f"{name} >= {least}")

    def access_log(self):
        with contextlib.closing(sqlite3.connect(f"file:{self.server.data}/oidor.db?mode=ro", uri=True)) as database:
            return database.execute("SELECT keys.name, action, subject, status FROM access_log LEFT JOIN keys "
                                    "ON keys.id = access_log.key_id ORDER BY sequence").fetchall()

    def sign_in(self, key):
        return self.server.post("/sign-in", urllib.parse.urlencode({"key": key}),
                                headers={"Content-Type": "application/x-www-form-urlencoded"})


class Metrics(Telling):
    def test_a_call_from_its_announcement_to_its_audit(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", bytes(wav_of(1, 2.0))[:44] + bytes(32000)))
        before = self.metrics()
        self.accept(event(cdrid, wasrecorded="true", audio_file_wav=url, audio_file_mp3=""))
        self.wait(cdrid, "not_auditable")  # nobody speaks
        for name, least in (('pipeline_recordings_stored_total{source="anura"}', 1),
                            ('pipeline_recordings_stored_bytes_total{source="anura"}', 32044),
                            ('pipeline_transcripts_stored_total{source="anura"}', 1),
                            ('pipeline_not_auditable_total{source="anura"}', 1), ("audio_analysed_seconds_total", 2),
                            ("audit_audits_total", 1), ("pipeline_receive_seconds_count", 1),
                            ("pipeline_fetch_seconds_count", 1), ("audit_run_seconds_count", 1),
                            ('jobs_wait_seconds_count{stage="audit"}', 1)):
            self.wait_metric(name, before.get(name, 0) + least)

    def test_what_names_an_unknown_campaign_is_counted(self):
        name = 'pipeline_conversations_unmapped_total{source="anura"}'
        before = self.metrics().get(name, 0)
        self.accept(event(new_id(), accounttags="campaign_77"))
        self.wait_metric(name, before + 1)

    def test_requests_of_the_api_are_counted_and_timed(self):
        before = self.metrics()
        self.assertEqual(self.server.get("/api/v1/conversations", key=self.reader).status, 200)
        self.assertEqual(self.server.get("/api/v1/nothing", key=self.reader).status, 404)
        after = self.metrics()
        for name, more in (('server_requests_total{status="2xx"}', 1), ('server_requests_total{status="4xx"}', 1),
                           ("server_request_seconds_count", 2)):
            self.assertGreaterEqual(after.get(name, 0), before.get(name, 0) + more, name)

    def test_gauges_are_measured_when_they_are_asked(self):
        now = self.metrics()
        self.assertGreaterEqual(now["server_connections_count"], 1)
        self.assertGreater(now["store_size_bytes"], 4096)
        self.assertGreater(now["jobs_workers_count"], 0)
        for stage in ("map", "fetch", "transcribe", "audit"):
            self.assertIn(f'jobs_queued_count{{stage="{stage}"}}', now)
        self.assertEqual(self.server.cli("jobs", "pause", "map").returncode, 0)
        self.addCleanup(self.server.cli, "jobs", "resume", "map")
        self.accept(event(new_id()))
        self.wait_metric('jobs_queued_count{stage="map"}', 1)
        self.assertEqual(self.server.cli("jobs", "resume", "map").returncode, 0)
        harness.wait_until(lambda: self.metrics()['jobs_queued_count{stage="map"}'] == 0, 20, "the queue to be empty")


class AccessLog(Telling):
    def test_a_key_that_lacks_the_scope_is_written_down(self):
        key = self.server.create_key("audits:read", name="curious")
        self.assertEqual(self.server.get("/api/v1/jobs?state=dead", key=key).status, 403)
        self.assertIn(("curious", "list_jobs", "/api/v1/jobs state=dead", 403), self.access_log())

    def test_a_webhook_key_of_another_account_is_written_down(self):
        key = self.server.create_key("webhook:anura/norte", name="norte")
        self.assertEqual(self.send(event(new_id()), key=key, path="/webhook/anura/default").status, 403)
        harness.wait_until(lambda: ("norte", "receive", "/webhook/anura/default", 403) in self.access_log(), 5,
                           "the line of the refusal")

    def test_unknown_keys_leave_no_line(self):
        before = len(self.access_log())
        self.assertEqual(self.server.get("/api/v1/jobs", key="guess").status, 401)
        self.assertEqual(len(self.access_log()), before)

    def test_coming_in_and_going_out_are_written_down(self):
        key = self.server.create_key("audits:read", name="ana")
        answer = self.sign_in(key)
        self.assertEqual(answer.status, 303, answer)
        cookie = answer.headers["set-cookie"].split(";")[0]
        self.assertEqual(self.server.post("/sign-out", "", headers={"Cookie": cookie}).status, 303)
        link = self.server.cli("keys", "link", "ana").stdout.decode().strip()
        self.assertEqual(self.server.get(link[link.index("/sign-in"):]).status, 303)
        lines = [(action, status) for name, action, _, status in self.access_log() if name == "ana"]
        self.assertEqual(lines, [("sign_in", 303), ("sign_out", 303), ("sign_in_by_link", 303)])
        token = urllib.parse.urlsplit(link).query.removeprefix("token=")
        self.assertFalse([line for line in self.access_log() if token in str(line)])

    def test_a_key_without_the_pages_scope_gets_neither_link_nor_session(self):
        key = self.server.create_key("webhook:anura/sur", name="sur")
        done = self.server.cli("keys", "link", "sur")
        self.assertEqual((done.returncode, done.stdout), (3, b""), done)
        self.assertIn(b"audits:read", done.stderr)
        answer = self.sign_in(key)
        self.assertEqual(answer.status, 401)
        self.assertNotIn("set-cookie", answer.headers)
        self.assertIn(("sur", "sign_in", "/sign-in", 401), self.access_log())


class Pages(Telling):
    def rename(self, old, new):
        with contextlib.closing(sqlite3.connect(f"{self.server.data}/oidor.db", timeout=10)) as database:
            database.execute(f"ALTER TABLE {old} RENAME TO {new}")

    def test_our_own_fault_is_said_as_that(self):
        cookie = self.sign_in(self.reader).headers["set-cookie"].split(";")[0]
        self.assertEqual(self.server.get("/", headers={"Cookie": cookie}).status, 200)
        self.rename("access_log", "access_log_away")
        try:
            answer = self.server.get("/", headers={"Cookie": cookie})
        finally:
            self.rename("access_log_away", "access_log")
        self.assertGreaterEqual(answer.status, 500, answer)
        self.assertIn("text/html", answer.headers["content-type"])
        self.assertIn("Algo falló de nuestro lado", answer.text)
        self.assertNotIn("No existe", answer.text)
        self.assertNotIn("access_log", answer.text)

    def test_a_missing_scope_is_said_in_a_page(self):
        cookie = self.sign_in(self.server.create_key("audits:read")).headers["set-cookie"].split(";")[0]
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(2)))
        self.accept(event(cdrid, wasrecorded="true", audio_file_wav=url, audio_file_mp3=""))
        recording = self.wait_recording(cdrid, "stored")
        answer = self.server.get(f"/recordings/{recording['id']}/audio", headers={"Cookie": cookie})
        self.assertEqual(answer.status, 403, answer)
        self.assertIn("text/html", answer.headers["content-type"])
        self.assertIn("permiso", answer.text)


if __name__ == "__main__":
    unittest.main()
