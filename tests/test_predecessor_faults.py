"""What broke in the receivers before this one: each is a trap that has to stay shut."""

import threading
import time
import unittest

import harness
from kill_soak import wav_of
from test_uploads import multipart
from webhook_case import DONE, PHONE, WebhookCase, event, new_id


class Slow(WebhookCase):
    """A recording that hangs, and one that drips, while calls come in."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.gate = threading.Event()
        cls.addClassCleanup(cls.gate.set)

    def test_a_recording_that_hangs_holds_up_no_event_and_no_other_call(self):
        hanging = []
        original = self.files.answers

        class Waits(dict):
            def get(inner, path, default=None):  # noqa: N805
                if path.startswith("/hangs"):
                    hanging.append(path)
                    self.gate.wait(60)
                return original.get(path, default)
        self.files.answers = Waits()
        self.addCleanup(setattr, self.files, "answers", original)
        stuck = new_id()
        url = f"http://127.0.0.1:{self.files.port}/hangs.wav"
        self.accept(event(stuck, wasrecorded="1", audio_file_wav=url))
        harness.wait_until(lambda: hanging, 20, "the recording to be asked for")
        slowest = 0
        for _ in range(50):
            begun = time.monotonic()
            self.accept(event(new_id()))
            slowest = max(slowest, time.monotonic() - begun)
        self.assertLess(slowest, 5 * harness.PATIENCE)
        self.assertEqual(self.server.get("/webhook/anura/health").status, 200)
        other = new_id()
        self.accept(event(other))
        self.wait(other, DONE)
        original["/hangs.wav"] = [(200, "audio/wav", wav_of(4))]
        self.gate.set()
        self.wait_recording(stuck, "stored")


class Bursts(WebhookCase):
    def test_a_valid_key_is_not_counted_by_address_nor_by_the_minute(self):
        """30 a minute from one address, over which events were lost."""
        for _ in range(200):
            self.assertEqual(self.send(event(new_id())).status, 200)

    def test_who_shares_an_address_with_a_guesser_keeps_its_key(self):
        statuses = [self.send(event(new_id()), key="guess").status for _ in range(60)]
        self.assertEqual(set(statuses), {403, 429})
        limited = self.send(event(new_id()), key="guess")
        self.assertEqual(limited.status, 429)
        self.assertGreater(int(limited.headers["retry-after"]), 0)
        self.assertEqual(self.send(event(new_id())).status, 200)


class Recordings(WebhookCase):
    def test_a_content_type_with_parameters_or_a_wrong_one_does_not_decide(self):
        audio = wav_of(5)
        for media_type in ("audio/wav; charset=binary", "application/octet-stream", "text/html", "audio/mpeg"):
            with self.subTest(media_type=media_type):
                cdrid = new_id()
                url = self.files.put(f"/{cdrid}", (200, media_type, audio))
                task_id = self.accept(event(cdrid, wasrecorded="1", audio_file_mp3=url))["task_id"]
                self.wait_recording(cdrid, "stored")
                answer = self.server.get(f"/tasks/{task_id}/audio", key=self.reader)
                self.assertEqual(answer.headers["content-disposition"], f'attachment; filename="{task_id}.wav"')
                self.assertEqual(answer.body, audio)

    def test_only_ogg_is_taken_when_there_is_only_ogg(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.ogg", (200, "audio/ogg", wav_of(5)))
        self.accept(event(cdrid, wasrecorded="sí", audio_file_ogg=url))
        self.wait_recording(cdrid, "stored")

    def test_an_end_that_comes_again_and_again_is_fetched_once(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(5)))
        tasks = {self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url, custom1=str(n % 3)))["task_id"]
                 for n in range(12)}
        self.wait_recording(cdrid, "stored")
        self.assertEqual(len(tasks), 1)
        self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url, custom1="last"))
        self.wait(cdrid, DONE)
        self.assertEqual(self.files.asked[f"/{cdrid}.wav"], 1)
        self.assertEqual(self.count_events(cdrid), 4)

    def test_an_id_longer_than_theirs_goes_all_the_way(self):
        cdrid = new_id() + "-" + "x" * 240
        url = self.files.put("/long.wav", (200, "audio/wav", wav_of(5)))
        answer = self.accept(event(cdrid, wasrecorded="1", audio_file_wav=url))
        self.assertEqual(answer["call_id"], cdrid)
        self.wait_recording(cdrid, "stored")
        self.assertEqual(self.server.get("/tasks/" + answer["task_id"], key=self.pbx).json()["metadata"]["call_id"], cdrid)


class Calls(WebhookCase):
    def test_the_guides_own_minimal_bodies_are_taken(self):
        for body in ({"cdrid": new_id(), "hooktrigger": "END", "dialtime": "2026-02-10 10:30:00", "direction": "inbound",
                      "calling": PHONE, "called": "300", "duration": 120, "wasrecorded": False,
                      "accounttags": "campaign_1", "queueagentextension": "300"},
                     {"cdrid": new_id(), "hooktrigger": "START"}, {"cdrid": new_id()}):
            self.accept(body)

    def test_forms_of_both_kinds_and_json_under_a_wrong_type_are_one_event(self):
        fields = {"hooktrigger": "END", "cdrid": new_id(), "duration": "0", "billseconds": "0", "status": "NO ANSWER"}
        content_type, form = multipart(fields)
        answers = {self.accept(form, headers={"X-API-Key": self.pbx, "Content-Type": content_type})["task_id"],
                   self.accept(fields, headers={"X-API-Key": self.pbx, "Content-Type": "text/plain"})["task_id"],
                   self.accept(fields)["task_id"]}
        self.assertEqual((len(answers), self.count_events(fields["cdrid"])), (1, 1))
        self.assertEqual(self.send("<xml/>", headers={"X-API-Key": self.pbx, "Content-Type": "application/xml"}).status, 415)

    def test_what_is_unmapped_never_becomes_number_one(self):
        cdrid = new_id()
        self.accept(event(cdrid, accounttags="campaign_77", queueagentextension="777"))
        item = self.wait(cdrid, DONE)
        self.assertEqual((item["campaign"]["id"], item["agents"][0]["id"]), (None, None))


class Uploads(WebhookCase):
    def test_one_file_name_of_two_people_is_two_tasks(self):
        key = self.server.create_key("webhook:file/default")
        tasks = set()
        for number, user in ((41, "ana"), (42, "beto")):
            content_type, body = multipart({"username": user}, ('a \\"b\\".wav', wav_of(number)))
            answer = self.server.post("/upload/", body, headers={"X-API-Key": key, "Content-Type": content_type})
            self.assertEqual(answer.status, 200, answer)
            tasks.add(answer.json()["task_id"])
        self.assertEqual(len(tasks), 2)
        for task in tasks:
            heard = harness.wait_until(lambda t=task: next((answer for answer in [self.server.get(
                f"/tasks/{t}/audio", key=self.reader)] if answer.status == 200), None), 20, "the audio")
            self.assertEqual(heard.headers["content-disposition"], f'attachment; filename="{task}.wav"')

    def test_who_handed_a_file_in_may_withdraw_it_and_nobody_else(self):
        key = self.server.create_key("webhook:file/default")
        content_type, body = multipart({}, ("a.wav", wav_of(43)))
        headers = {"X-API-Key": key, "Content-Type": content_type}
        task = self.server.post("/upload", body, headers=headers).json()["task_id"]
        other = self.server.create_key("webhook:file/otra")

        def delete(with_key):
            return self.server.request("DELETE", "/tasks/" + task, headers={"X-API-Key": with_key}).status
        self.assertEqual([delete(other), delete(self.pbx), delete(key), delete(key)], [404, 404, 204, 404])

        def again():
            answer = self.server.post("/upload", body, headers=headers)
            return answer if answer.status != 503 else None  # 503: its bytes are being removed just now.
        answer = harness.wait_until(again, 20, "an answer")
        self.assertEqual((answer.status, list(answer.json())), (409, ["detail"]))


if __name__ == "__main__":
    unittest.main()
