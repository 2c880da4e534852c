"""Erasure, holds and retention, as an operator sees them: nothing of the customer is left in the data folder, nothing
comes back, what is held stays."""

import itertools
import json
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile
import unittest

import harness
import postgres_case
from webhook_case import WebhookCase, event, new_id, start_event, talk_event

MARKED = "+5491145551234"  # the customer who is erased
KEY = "+541145551234"  # as the house keys the number
OTHER = "+5491155550000"
NAME = "Zoraida Marcada"
WORDS = "zorzal palabra marcada"


_numbers = itertools.count(1000)


def new_number():
    """A customer of a test's own: calls from before an erasure stay away for ever."""
    return f"+54911{next(_numbers):04}7777"


def transcript(words=WORDS):
    return {"language": "es", "duration_s": 60,
            "segments": [{"start_ms": 0, "end_ms": 1500, "speaker": "agent", "text": "Buenos días"},
                         {"start_ms": 1600, "end_ms": 4000, "speaker": "customer", "text": words}]}


def audio(mark):
    return b"ID3\x04" + mark.encode() + b"\0" * 2000


def marked_event(cdrid, **more):
    return event(cdrid, **{"calling": MARKED, "callingname": NAME, "custom_note": WORDS, **more})


def bytes_below(folder):
    """Every byte of every file, by path."""
    return {path: path.read_bytes() for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


class ErasureCase(WebhookCase):
    @classmethod
    def setUpClass(cls):
        cls.keys = pathlib.Path(tempfile.mkdtemp(prefix="oidor-seal-"))
        cls.addClassCleanup(shutil.rmtree, cls.keys, ignore_errors=True)
        cls.more_env = {**cls.more_env, "OIDOR_SEAL_KEY_FILE": cls.keys / "seal.key"}
        super().setUpClass()

    def erase(self, *words, code=0):
        done = self.server.cli("erase", *words)
        self.assertEqual(done.returncode, code, done)
        return done

    def marked_call(self, cdrid=None, **more):
        """One call of the marked customer, with audio and words, audited."""
        cdrid = cdrid or new_id()
        url = self.files.put(f"/{cdrid}.mp3", (200, "audio/mpeg", audio("zoraida-" + cdrid)))
        self.accept(marked_event(cdrid, wasrecorded="true", audio_file_mp3=url, **more))
        self.assertIn(self.put_transcript(cdrid, transcript()).status, (200, 201))
        self.wait_recording(cdrid, "stored")
        return self.wait(cdrid, "audited")

    def metric(self, name):
        lines = self.server.get("/metrics").text.splitlines()
        return sum(float(line.rpartition(" ")[2]) for line in lines if line.startswith(name))


class Erasing(ErasureCase):
    def test_1_nothing_of_the_customer_is_left_in_the_data_folder(self):
        mine = [self.marked_call() for _ in range(3)]
        other = self.audited_call(calling=OTHER)
        markers = [text.encode() for text in (MARKED, KEY, KEY[3:], NAME, WORDS, "Zoraida", "zoraida-")]
        before = b"".join(bytes_below(self.server.data).values())
        for marker in (MARKED.encode(), KEY.encode(), NAME.encode(), b"zoraida-"):
            self.assertIn(marker, before)
        shown = self.erase("--customer", "11 4555-1234", "--dry-run", "--json")
        counts = json.loads(shown.stdout)["would_erase"]
        self.assertEqual((counts["conversations"], counts["recordings"], counts["blobs"]), (3, 3, 3))
        self.assertEqual(counts["transcripts"], 1)  # the same words, kept once
        self.assertEqual(len(self.conversations(mine[0]["external_id"])), 1)
        # Nobody can be asked here.
        self.erase("--customer", MARKED, code=2)
        done = self.erase("--customer", MARKED, "--yes", "--json")
        self.assertEqual(json.loads(done.stdout)["erased"]["conversations"], 3)
        for path, content in bytes_below(self.server.data).items():
            for marker in markers:
                self.assertNotIn(marker, content, path)
        for call in mine:
            self.assertEqual(self.conversations(call["external_id"]), [])
            self.assertEqual(self.server.get(f"/api/v1/conversations/{call['id']}", key=self.reader).status, 404)
        self.assertEqual(len(self.conversations(other["external_id"])), 1)
        log = "\n".join(self.server.log)
        for marker in markers:
            self.assertNotIn(marker.decode(), log)
        # The access log has who and when, and no number.
        with sqlite3.connect(self.server.data / "oidor.db") as store:
            rows = store.execute("SELECT subject, status FROM access_log WHERE action = 'erase'").fetchall()
        self.assertEqual([status for _, status in rows], [200])
        self.assertTrue(rows[0][0].startswith("customer by "), rows)

    def test_2_late_and_repeated_webhooks_are_answered_and_kept_nowhere(self):
        cdrid, number = new_id(), new_number()
        call = self.marked_call(cdrid, calling=number)
        self.erase("--conversation", call["id"], "--yes")
        counted = self.metric("oidor_pipeline_events_erased_total") + self.metric("pipeline_events_erased_total")
        for body in (marked_event(cdrid, calling=number), start_event(cdrid, calling=number),
                     talk_event(cdrid, calling=number), event(cdrid, calling=number, custom_note="another body")):
            answer = self.accept(body)
            self.assertIsNone(answer["task_id"])
            self.assertFalse(answer["recording_downloaded"])
        self.assertEqual(self.conversations(cdrid), [])
        self.assertEqual(self.count_events(cdrid), 0)
        self.assertEqual(self.put_transcript(cdrid, transcript()).status, 409)
        now = self.metric("oidor_pipeline_events_erased_total") + self.metric("pipeline_events_erased_total")
        self.assertEqual(now - counted, 4)
        self.server.restart()
        self.assertIsNone(self.accept(marked_event(cdrid, custom_note="after the restart"))["task_id"])
        # Erased once more, as whoever was interrupted would: there is nothing left, and that is said.
        self.erase("--conversation", call["id"], "--yes", code=4)

    def test_3_an_older_call_of_an_erased_customer_goes_when_it_comes(self):
        number = new_number()
        self.erase("--customer", number, "--yes")
        old = new_id()
        self.accept(event(old, calling=number))  # its time lies months back
        harness.wait_until(lambda: self.conversations(old) == [], what="the old call to be gone")

    def test_4_the_api_erases_with_admin_alone(self):
        call = self.marked_call(calling=new_number())
        path = f"/api/v1/conversations/{call['id']}"
        reader = self.server.create_key("audits:read", "content:read")
        self.assertEqual(self.server.request("DELETE", path, key=reader).status, 403)
        self.assertEqual(self.server.request("DELETE", path).status, 401)
        sha256 = call["recordings"][0]["sha256"]
        blob = self.server.data / "blobs" / sha256[:2] / sha256[2:4] / sha256
        self.assertTrue(blob.exists())
        answer = self.server.request("DELETE", path, key=self.reader)
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["erased"]["conversations"], 1)
        harness.wait_until(lambda: not blob.exists(), what="the audio to be removed")
        self.assertEqual(self.server.request("DELETE", path, key=self.reader).status, 404)

    def test_5_what_two_calls_share_stays_for_the_other(self):
        one, two = new_id(), new_id()
        same = audio("shared by two")
        for cdrid, number in ((one, new_number()), (two, OTHER)):
            url = self.files.put(f"/{cdrid}.mp3", (200, "audio/mpeg", same))
            self.accept(event(cdrid, calling=number, wasrecorded="true", audio_file_mp3=url))
            self.put_transcript(cdrid, transcript("lo mismo dos veces"))
            self.wait_recording(cdrid, "stored")
        first, second = self.wait(one, "audited"), self.wait(two, "audited")
        self.erase("--conversation", first["id"], "--yes")
        whole = self.whole(second)
        self.assertEqual(whole["transcript"]["segments"][1]["text"], "lo mismo dos veces")
        heard = self.server.get(f"/api/v1/recordings/{second['recordings'][0]['id']}/audio", key=self.reader)
        self.assertEqual((heard.status, heard.body), (200, same))
        self.erase("--conversation", second["id"], "--yes")
        self.assertNotIn(same, bytes_below(self.server.data / "blobs").values())

    def test_6_a_hold_wins_until_it_is_removed(self):
        number = new_number()
        call = self.marked_call(calling=number)
        held = self.server.cli("hold", "add", "--customer", number, "--reason", "Oficio 12/2026", "--by", "legales")
        self.assertEqual(held.returncode, 0, held)
        hold = held.stdout.decode().strip()
        self.assertEqual(self.server.cli("hold", "add", "--customer", number, "--reason", "otra").returncode, 5)
        self.assertEqual(self.server.cli("hold", "add", "--customer", number).returncode, 2)
        listed = json.loads(self.server.cli("hold", "list", "--json").stdout)
        self.assertEqual((listed["reason"], listed["by"]), ("Oficio 12/2026", "legales"))
        self.assertNotIn(number[6:], json.dumps(listed))
        for words in (("--customer", number, "--yes"), ("--conversation", call["id"], "--yes")):
            refused = self.erase(*words, code=5)
            self.assertIn(hold, refused.stderr.decode())
            self.assertIn("Oficio 12/2026", refused.stderr.decode())
        self.assertEqual(self.server.request("DELETE", f"/api/v1/conversations/{call['id']}", key=self.reader).status,
                         409)
        later = self.marked_call(calling=number)  # held too, for it is the same customer's
        self.erase("--conversation", later["id"], "--yes", code=5)
        self.assertIn("1 hold", self.server.cli("doctor").stdout.decode())
        self.assertEqual(self.server.cli("hold", "remove", hold).returncode, 0)
        self.assertEqual(self.server.cli("hold", "remove", hold).returncode, 4)
        self.erase("--customer", number, "--yes")
        self.assertEqual(self.conversations(call["external_id"]), [])
        self.assertEqual(self.conversations(later["external_id"]), [])

    def test_7_what_is_typed_wrong_is_said(self):
        for words in (("--customer", "no number"), ("--conversation", "7"), (), ("--customer", MARKED,
                      "--conversation", "7")):
            self.erase(*words, "--yes", code=2)
        self.erase("--conversation", "01890a5d-ac96-774b-bcce-b302099a8057", "--yes", code=4)

    def test_8_without_its_key_nothing_is_erased_and_doctor_says_so(self):
        call = self.marked_call(calling=new_number())
        key = self.keys / "seal.key"
        self.assertEqual(key.stat().st_mode & 0o777, 0o600)
        self.assertFalse(key.is_relative_to(self.server.data))
        aside = key.rename(self.keys / "aside.key")
        try:
            refused = self.erase("--conversation", call["id"], "--yes", code=5)
            self.assertIn("another seal key", refused.stderr.decode())
            self.assertIn("seal key", self.server.cli("doctor").stdout.decode())
        finally:
            aside.rename(key)
        self.erase("--conversation", call["id"], "--yes")


class Interrupted(ErasureCase):
    CALLS = 150

    def count(self):
        with sqlite3.connect(f"file:{self.server.data}/oidor.db?mode=ro", uri=True) as store:
            return store.execute("SELECT count(*) FROM conversations WHERE customer_key = ?", (KEY,)).fetchone()[0]

    def test_an_erasure_that_was_killed_is_finished_by_the_server(self):
        for _ in range(self.CALLS):
            self.accept(marked_event(new_id()))
        harness.wait_until(lambda: self.count() == self.CALLS, 60, "the calls to be mapped")
        self.server.stop()
        command = [harness.PROGRAM, "erase", "--customer", MARKED, "--yes", "--data", self.server.data]
        erasing = subprocess.Popen(command, env=harness.environment(**self.server.env), stdout=subprocess.DEVNULL,
                                   stderr=subprocess.DEVNULL, cwd=self.keys)
        harness.wait_until(lambda: self.count() < self.CALLS, what="the erasure to begin", every=0.001)
        erasing.kill()
        erasing.wait()
        self.assertIn("not finished", self.server.cli("doctor").stdout.decode())
        self.server.start()
        harness.wait_until(lambda: self.count() == 0, 60, "the erasure to be finished", every=0.2)

        def forgotten():
            with sqlite3.connect(f"file:{self.server.data}/oidor.db?mode=ro", uri=True) as store:
                return store.execute("SELECT count(*) FROM erasures").fetchone()[0] == 0
        harness.wait_until(forgotten, what="the request to be gone")
        self.erase("--compact")
        for path, content in bytes_below(self.server.data).items():
            for marker in (MARKED, KEY, NAME):
                self.assertNotIn(marker.encode(), content, path)


class Retention(ErasureCase):
    def test_calls_over_their_time_go_by_themselves(self):
        kept = self.audited_call()  # of campaign 1, in February: long over
        short = self.audited_call(accounttags="campaign_2")
        self.server.stop()  # it looks a few seconds after its start, then every hour
        for campaign, days in (("2", "30"), ("1", "36500")):
            done = self.server.cli("campaigns", "set", campaign, "--name", campaign, "--retain-days", days)
            self.assertEqual(done.returncode, 0, done)
        self.assertEqual(self.server.cli("campaigns", "set", "1", "--retain-days", "0").returncode, 2)
        listed = harness.json_lines(self.server.cli("campaigns", "list", "--json").stdout)
        self.assertEqual({row["id"]: row["retain_days"] for row in listed}, {"1": 36500, "2": 30})
        self.assertIn("over their retention", self.server.cli("doctor").stdout.decode())
        self.server.start()
        harness.wait_until(lambda: self.conversations(short["external_id"]) == [], 40, "the old call to be gone")
        self.assertEqual(len(self.conversations(kept["external_id"])), 1)
        self.assertIsNone(self.accept(event(short["external_id"], accounttags="campaign_2", note="late"))["task_id"])


class Jobs(ErasureCase):
    more_env = {"OIDOR_ACCOUNTS_ANURA_DEFAULT_RECORDING_GIVE_UP_AFTER": "0s"}

    def test_dead_letters_are_listed_retried_and_discarded_by_reason(self):
        url = self.files.put("/none.mp3", (404, "text/plain", b"none"))
        cdrids = [new_id() for _ in range(2)]
        for cdrid in cdrids:
            self.accept(event(cdrid, wasrecorded="true", audio_file_mp3=url))
            self.wait(cdrid, "no_recording")

        def dead(*words):
            done = self.server.cli("jobs", "list", "--state", "dead", "--kind", "fetch", "--json", *words)
            self.assertEqual(done.returncode, 0, done)
            return harness.json_lines(done.stdout)
        harness.wait_until(lambda: len(dead()) == 2, what="two dead letters")
        self.assertEqual(len(dead("--reason", "NotFound")), 2)
        self.assertEqual(dead("--reason", "Timeout"), [])
        self.assertEqual(self.server.cli("jobs", "list", "--reason", "nonsense").returncode, 2)
        self.assertTrue(all(job["error"]["message"] for job in dead()))
        retried = self.server.cli("jobs", "retry", "--all", "--reason", "Timeout", "--json")
        self.assertEqual(json.loads(retried.stdout), {"retried": 0})
        discarded = self.server.cli("jobs", "discard", "--all", "--kind", "fetch", "--reason", "NotFound", "--json")
        self.assertEqual(json.loads(discarded.stdout), {"discarded": 2})
        self.assertEqual(dead(), [])


class Elsewhere(ErasureCase):
    """What left the house, and what the exchange's own list says of it."""

    @classmethod
    def setUpClass(cls):
        cls.sink = pathlib.Path(tempfile.mkdtemp(prefix="oidor-sink-"))
        cls.addClassCleanup(shutil.rmtree, cls.sink, ignore_errors=True)
        cls.more_env = {"OIDOR_SINKS_LAGO_KIND": "files", "OIDOR_SINKS_LAGO_FOLDER": cls.sink,
                        "OIDOR_SINKS_LAGO_FORMAT": "jsonl", "OIDOR_SINKS_LAGO_MASK_PHONES": "false",
                        "OIDOR_SINKS_LAGO_BATCH_AGE": "0s"}
        super().setUpClass()

    def delivered(self):
        return b"".join(bytes_below(self.sink).values())

    def gaps(self):
        done = self.server.cli("coverage", "--day", "2026-02-10", "--gaps", "--json")
        self.assertEqual(done.returncode, 0, done)
        return done.stdout.decode()

    def test_sinks_hold_nothing_of_it_and_the_ledger_does_not_miss_it(self):
        gone, stays, never = self.marked_call(), self.audited_call(calling=OTHER), new_id()
        names = [gone["external_id"], stays["external_id"], never]
        listed = self.temporary_folder() / "list.csv"
        listed.write_text("cdrid;fecha;hora;duración;estado\r\n" + "".join(
            f"{name};10/02/2026;10:30:00;300;ANSWERED\r\n" for name in names), encoding="utf-8")
        done = self.server.cli("import", "cdr", listed, "--source", "anura", "--account", "default",
                               "--from", "2026-02-10", "--to", "2026-02-11")
        self.assertEqual(done.returncode, 0, done)
        for call in (gone, stays):
            harness.wait_until(lambda call=call: call["external_id"].encode() in self.delivered(), 40,
                               "the call to be delivered")
        self.assertIn(never, self.gaps())
        self.erase("--customer", MARKED, "--yes")
        harness.wait_until(lambda: gone["external_id"].encode() not in self.delivered(), 40,
                           "the call to be gone from the sink")
        for marker in (MARKED, KEY, NAME, WORDS, gone["id"]):
            self.assertNotIn(marker.encode(), self.delivered())
        self.assertIn(stays["external_id"].encode(), self.delivered())
        self.assertNotIn(gone["external_id"], self.gaps())
        self.assertIn(never, self.gaps())


class OnPostgres(ErasureCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = postgres_case.Postgres()
        cls.addClassCleanup(cls.postgres.remove)
        cls.postgres.start()
        cls.more_env = {"OIDOR_STORE_URL": cls.postgres.url}
        super().setUpClass()

    def test_a_customer_is_erased_and_does_not_come_back(self):
        cdrid = new_id()
        self.marked_call(cdrid)
        done = self.erase("--customer", MARKED, "--yes", "--json")
        self.assertEqual(json.loads(done.stdout)["erased"]["blobs"], 1)
        self.assertIn("VACUUM", done.stderr.decode())
        self.assertIsNone(self.accept(marked_event(cdrid, custom_note="late"))["task_id"])
        for table in ("conversations", "events", "transcripts", "recordings", "audits", "erasures", "blob_checks"):
            self.assertEqual(self.postgres.query(f"SELECT count(*) FROM {table}"), ["0"], table)
        for content in bytes_below(self.server.data).values():
            self.assertNotIn(b"zoraida-", content)


if __name__ == "__main__":
    unittest.main()
