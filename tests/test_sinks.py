"""Results in files, as whoever opens the folder sees them: the whole way, again, moved, away, two workers."""

import csv
import io
import json
import pathlib
import shutil
import subprocess
import tempfile
import unittest

import harness
from postgres_case import Postgres
from webhook_case import PHONE, WebhookCase, event, new_id


class SinkCase(WebhookCase):
    """A server that delivers at once: CSV as `tablero`, JSON Lines with whole numbers as `lago`."""

    @classmethod
    def store_env(cls):
        return {}

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="oidor-sinks-"))
        cls.addClassCleanup(shutil.rmtree, cls.folder, ignore_errors=True)
        cls.more_env = {"OIDOR_SINKS_TABLERO_KIND": "files", "OIDOR_SINKS_TABLERO_FOLDER": cls.folder / "tablero",
                        "OIDOR_SINKS_TABLERO_BATCH_AGE": "0s",
                        "OIDOR_SINKS_LAGO_KIND": "files", "OIDOR_SINKS_LAGO_FOLDER": cls.folder / "lago",
                        "OIDOR_SINKS_LAGO_FORMAT": "jsonl", "OIDOR_SINKS_LAGO_MASK_PHONES": "false",
                        "OIDOR_SINKS_LAGO_TABLES": "call_audits, call_recordings",
                        "OIDOR_SINKS_LAGO_BATCH_AGE": "0s", **cls.store_env()}
        super().setUpClass()

    def csv_rows(self, table, day="*"):
        """Every row of a table; a file has each key once. A row that moves is in two of them for a moment."""
        rows = []
        for path in sorted((self.folder / "tablero" / table).glob(f"{day}.csv")):
            try:
                content = path.read_bytes()
            except FileNotFoundError:
                continue  # its last row moved
            found = list(csv.DictReader(io.StringIO(content.decode("utf-8"), newline="")))
            self.assertEqual(len({row["row_key"] for row in found}), len(found), f"{path} has a row twice")
            rows += found
        return rows

    def assert_each_once(self):
        """Once nothing waits, a key is in one file."""
        self.wait_delivered()
        for table in ("call_recordings", "call_transcriptions", "call_audits"):
            keys = [row["row_key"] for row in self.csv_rows(table)]
            self.assertEqual(len(set(keys)), len(keys), f"{table} has a row in two files")

    def json_rows(self, table):
        return [row for path in (self.folder / "lago" / table).glob("*.jsonl")
                for row in harness.json_lines(path.read_bytes())]

    def status(self, sink):
        done = self.server.cli("deliver", sink, "--status", "--json")
        self.assertEqual(done.returncode, 0, done)
        return harness.json_lines(done.stdout)[0]

    def wait_delivered(self, *sinks):
        """Until nothing waits: what is in the files is what the house knows."""
        for sink in sinks or ("tablero", "lago"):
            harness.wait_until(lambda sink=sink: self.status(sink)["waiting"] == 0, 30, f"{sink} to be up to date",
                               every=0.2)

    def rows_of(self, cdrid, table="call_audits"):
        return [row for row in self.csv_rows(table) if row["call_sid"] == cdrid]

    def wait_rows(self, cdrid, check=bool, table="call_audits"):
        return harness.wait_until(lambda: check(rows := self.rows_of(cdrid, table)) and rows, 30,
                                  f"{cdrid} in {table}", every=0.1)


class Sinks(SinkCase):
    def test_an_audited_call_is_in_the_files(self):
        item = self.audited_call(direction="inbound")
        cdrid = item["external_id"]
        row = self.wait_rows(cdrid)[0]
        audit = self.whole(item)["audits"][0]
        self.assertEqual(int(row["quality_score"]), audit["quality_score"])
        self.assertEqual(row["agent"], "Lucía")
        self.assertEqual(row["scorecard_id"], audit["scorecard"]["id"])
        self.assertEqual(json.loads(row["issues"]), audit["issues"])
        self.assertEqual(row["saludo_correcto"], str(audit["saludo_correcto"]).lower())
        self.assertEqual(row["day"], "2026-02-10")
        spoken = self.wait_rows(cdrid, table="call_transcriptions")[0]
        self.assertIn("Agente: ", spoken["transcription"])
        self.assertEqual(spoken["row_key"], item["id"])
        self.wait_delivered()
        lake = [row for row in self.json_rows("call_audits") if row["call_sid"] == cdrid]
        self.assertEqual([row["row_key"] for row in lake], [row["row_key"] for row in self.rows_of(cdrid)])
        self.assertIsInstance(lake[0]["issues"], list)
        self.assertFalse((self.folder / "lago/call_transcriptions").exists())

    def test_phones_are_masked_and_formulas_harmless(self):
        cdrid = "=1+" + new_id()
        wav = self.files.put("/none.wav", (404, "text/plain", b"none"))
        self.accept(event(cdrid, wasrecorded="true", audio_file_wav=wav))
        row = self.wait_rows("'" + cdrid, table="call_recordings")[0]
        self.assertEqual((row["phone_from"], row["agent"]), ("'+54***79", "Lucía"))
        self.wait_delivered()
        lake = next(row for row in self.json_rows("call_recordings") if row["call_sid"] == cdrid)
        self.assertEqual(lake["phone_from"], PHONE)
        for path in (self.folder / "tablero").rglob("*.csv"):
            self.assertNotIn(PHONE[4:].encode(), path.read_bytes(), path)

    def test_a_newer_audit_takes_the_place_of_the_older(self):
        item = self.audited_call()
        cdrid = item["external_id"]
        first = self.wait_rows(cdrid)[0]
        better = {"language": "es", "segments": [
            {"start_ms": 0, "end_ms": 2000, "speaker": "agent",
             "text": "Buenos días, mi nombre es Lucía, ¿en qué puedo ayudarle?"},
            {"start_ms": 3000, "end_ms": 9000, "speaker": "customer", "text": "Quiero cambiar mi plan."},
            {"start_ms": 290000, "end_ms": 299000, "speaker": "agent", "text": "Gracias por comunicarse, hasta luego."}]}
        self.assertIn(self.put_transcript(cdrid, better).status, (200, 201))
        second = self.wait_rows(cdrid, lambda rows: rows and rows[0]["audit_sha256"] != first["audit_sha256"])
        self.assertEqual([row["row_key"] for row in second], [first["row_key"]])

    def test_a_day_delivered_again_is_the_same_bytes(self):
        self.audited_call()
        self.wait_delivered()
        files = {path: path.read_bytes() for path in self.folder.rglob("2026-02-10.*")}
        self.assertTrue(files)
        done = self.server.cli("deliver", "tablero", "--from", "2026-02-10", "--to", "2026-02-10", "--json")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(harness.json_lines(done.stdout)[0]["waiting"], 0)
        for path, content in files.items():
            self.assertEqual(path.read_bytes(), content, path)

    def test_files_that_were_deleted_come_back(self):
        item = self.audited_call()
        self.wait_rows(item["external_id"])
        self.wait_delivered()
        shutil.rmtree(self.folder / "tablero")
        done = self.server.cli("deliver", "tablero", "--from", "2026-01-01")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(self.rows_of(item["external_id"]))

    def test_a_correction_moves_the_call_to_its_day(self):
        cdrid = new_id()
        self.accept(event(cdrid, trigger="START", dialtime="2026-02-11 10:30:00"))
        self.assertIn(self.put_transcript(cdrid).status, (200, 201))
        self.wait_rows(cdrid, lambda rows: [row["day"] for row in rows] == ["2026-02-11"], "call_transcriptions")
        self.accept(event(cdrid, dialtime="2026-02-12 10:30:00"))
        self.wait_rows(cdrid, lambda rows: [row["day"] for row in rows] == ["2026-02-12"], "call_transcriptions")
        self.assertTrue(any(row["call_sid"] == cdrid
                            for row in self.csv_rows("call_transcriptions", "2026-02-12")))
        self.assert_each_once()

    def test_a_paused_sink_misses_nothing(self):
        self.assertEqual(self.server.cli("deliver", "tablero", "--pause").returncode, 0)
        item = self.audited_call()
        self.wait_delivered("lago")
        self.assertEqual(self.rows_of(item["external_id"]), [])
        self.assertEqual(self.status("tablero")["state"], "paused")
        self.assertEqual(self.server.cli("deliver", "tablero", "--resume").returncode, 0)
        self.wait_rows(item["external_id"])

    def test_a_sink_that_fails_keeps_nobody_waiting_and_heals(self):
        self.wait_delivered()
        table = self.folder / "tablero/call_audits"
        shutil.rmtree(table, ignore_errors=True)
        table.write_text("in the way")
        item = self.audited_call()
        self.wait_delivered("lago")
        self.assertTrue(any(row["call_sid"] == item["external_id"] for row in self.json_rows("call_audits")))
        harness.wait_until(lambda: self.status("tablero")["failures"], 30, "the failure")
        status = self.status("tablero")
        self.assertEqual((status["state"], status["error_code"]), ("failing", "Forbidden"))
        self.assertEqual(self.server.get("/readyz").status, 200)
        table.unlink()
        self.assertEqual(self.server.cli("deliver", "tablero", "--from", "2026-01-01").returncode, 0)
        self.assertTrue(self.rows_of(item["external_id"]))
        self.assertEqual(self.status("tablero")["failures"], 0)

    def test_metrics_and_doctor_tell(self):
        self.audited_call()
        self.wait_delivered()
        metrics = self.server.get("/metrics").text
        delivered = next(line for line in metrics.splitlines() if line.startswith("pipeline_rows_delivered_total"))
        self.assertGreater(float(delivered.split()[-1]), 0)
        self.assertIn("pipeline_deliveries_waiting_count 0", metrics)
        doctor = self.server.cli("doctor", "--json")
        findings = {row["subject"]: row for row in harness.json_lines(doctor.stdout)}
        self.assertEqual(findings["sinks.tablero"]["verdict"], "fine", findings)

    def test_words_that_are_wrong_are_refused(self):
        for words, code in ((("nobody", "--status"), 4), (("nobody",), 4), (("nobody", "--pause"), 4),
                            (("tablero", "--from", "yesterday"), 2), (("tablero", "--forget"), 5),
                            (("tablero", "lago"), 2)):
            done = self.server.cli("deliver", *words)
            self.assertEqual(done.returncode, code, (words, done))


class SeveralWorkers(SinkCase):
    """The server takes events only; three processes work on one store and one folder."""

    server_arguments = ("--role", "api")

    def start_worker(self):
        worker = subprocess.Popen(
            [harness.PROGRAM, "serve", "--role", "worker", "--data", str(self.server.data)],
            cwd=self.temporary_folder(), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL, env=harness.environment(**self.server.env))

        def end():
            worker.kill()
            worker.wait(timeout=30)
        self.addCleanup(end)
        return worker

    def test_each_row_is_there_once_and_a_killed_worker_is_taken_over(self):
        workers = [self.start_worker() for _ in range(3)]
        calls = [new_id() for _ in range(30)]
        for number, cdrid in enumerate(calls):
            self.accept(event(cdrid))
            self.assertIn(self.put_transcript(cdrid).status, (200, 201))
            if number in (10, 20):
                workers.pop().kill()
        for cdrid in calls:
            self.wait(cdrid, "audited")
        self.wait_delivered()
        rows = [row["call_sid"] for row in self.csv_rows("call_audits") if row["call_sid"] in calls]
        self.assertEqual(sorted(rows), sorted(calls))
        self.assert_each_once()
        left = [path for path in self.folder.rglob(".oidor-*")]
        self.assertEqual(left, [], "what a killed worker left is cleared by the next")


class OnPostgres(SeveralWorkers):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres().start()
        cls.addClassCleanup(cls.postgres.remove)
        super().setUpClass()

    @classmethod
    def store_env(cls):
        return {"OIDOR_STORE_URL": cls.postgres.url}


if __name__ == "__main__":
    unittest.main()
