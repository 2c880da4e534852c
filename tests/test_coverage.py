"""The coverage ledger as a supervisor uses it: a simulated day of calls, the exchange's own list of it with calls that
never arrived, and what `oidor coverage`, the API and the metrics then say."""

import datetime
import pathlib
import tempfile
import unittest

import demo
import harness
import webhook_case

ZONE = "America/Argentina/Buenos_Aires"
LOST = ("9001", "9002")
PENDING = {"map_pending", "not_ended", "fetch_pending", "transcribe_pending", "audit_pending", "delivery_pending"}


def expected_gap(item):
    """What a person would say of a call that has settled, by what the API tells of it."""
    if item["state"] == "audited":
        return None
    if item["state"] == "not_auditable":
        return "no_speech" if item["reason"] == "no_speech" else None
    if item["state"] == "open":
        return "not_ended"
    if item["state"] == "failed":
        return "audit_failed" if item["reason"] == "not_judged" else "transcribe_failed"
    return {"recording_missing": "recording_missing", "recording_failed": "recording_failed",
            "not_recorded": "not_recorded"}.get(item["reason"], "no_recording_announced")


def lacks_recording(item):
    return any(recording["state"] in ("missing", "failed") for recording in item["recordings"])


class SettledDay(unittest.TestCase):
    """A day that was played to its end; two calls were lost on the way, one is on no list."""

    @classmethod
    def setUpClass(cls):
        cls.day, pbx = demo.open_day()
        # Those that only recognition can hear take long, and tell nothing more here.
        cls.day["calls"] = [call for call in cls.day["calls"]
                            if "transcript" in call or "file" not in call.get("recording", {})]
        cls.pbx = pbx.__enter__()
        cls.addClassCleanup(pbx.__exit__, None, None, None)
        cls.server = demo.server_for(cls.pbx)
        cls.server.__enter__()
        cls.addClassCleanup(cls.server.__exit__, None, None, None)
        _, _, cls.key = demo.play_day(cls.server, cls.pbx, cls.day)
        cls.items = {item["external_id"]: item for item in cls.server.list_conversations(cls.key)
                     if item["source"] == "anura" and item["day"] == "2026-02-10"}
        cls.before = cls.cells()
        cls.unlisted = sorted(cls.items)[0]
        cls.file = pathlib.Path(cls.server.data) / "llamadas.csv"
        rows = ["cdrid;fecha;hora;duración;estado"]
        for name, item in sorted(cls.items.items()):
            if name != cls.unlisted:
                rows.append(f"{name};{local(item['started_at'])};{item['duration_s'] or 0};ANSWERED")
        rows += [f"{name};10/02/2026;11:15:00;95;ANSWERED" for name in LOST]
        cls.file.write_text("\ufeff" + "\r\n".join(rows) + "\r\n", encoding="utf-8")
        cls.imported = cls.server.cli("import", "cdr", str(cls.file), "--from", "2026-02-10", "--to", "2026-02-11",
                                      "--json")

    @classmethod
    def cells(cls, by="day"):
        answer = cls.server.get(f"/api/v1/coverage?from=2026-02-10&to=2026-02-11&by={by}", key=cls.key)
        assert answer.status == 200, answer
        return [cell for cell in answer.json()["items"] if cell["source"] == "anura"]

    def test_without_a_list_it_is_unverifiable_and_never_zero(self):
        cell, = self.before
        self.assertIsNone(cell["announced"])
        self.assertEqual(cell["listed"], "unverifiable")
        self.assertEqual(cell["received"], len(self.items))
        self.assertTrue(cell["consistent"], cell["contradictions"])

    def test_the_list_was_taken_whole(self):
        self.assertEqual(self.imported.returncode, 0, self.imported.stderr)
        told, = harness.json_lines(self.imported.stdout)
        self.assertEqual((told["added"], told["refused"]), (len(self.items) + 1, 0))
        again, = harness.json_lines(self.server.cli("import", "cdr", str(self.file), "--from", "2026-02-10", "--to",
                                                    "2026-02-11", "--json").stdout)
        self.assertEqual((again["added"], again["changed"], again["same"]), (0, 0, len(self.items) + 1))

    def test_the_day_reconciles_with_what_the_api_says_of_each_call(self):
        cell, = self.cells()
        self.assertEqual(cell["listed"], "wholly")
        self.assertEqual(cell["announced"], len(self.items) + 1)
        self.assertEqual(cell["received"], len(self.items))
        self.assertEqual(cell["not_listed"], 1)
        self.assertEqual(cell["calls"], cell["complete"] + cell["not_auditable"] + sum(cell["gaps"].values()))
        self.assertIsNone(cell["delivered"])
        naive = {"not_received": len(LOST)}
        for item in self.items.values():
            gap = expected_gap(item)
            if gap is None and lacks_recording(item):
                gap = "recording_missing" if item["recordings"][0]["state"] == "missing" else "recording_failed"
            if gap:
                naive[gap] = naive.get(gap, 0) + 1
        self.assertEqual(cell["gaps"], naive)
        self.assertEqual(cell["audited"], sum(item["state"] == "audited" for item in self.items.values()))
        self.assertTrue(cell["consistent"], cell["contradictions"])

    def test_the_hours_add_up_to_the_day(self):
        day, = self.cells()
        hours = self.cells("hour")
        self.assertEqual(len(hours), 24)
        for figure in ("calls", "announced", "received", "recorded", "fetched", "transcribed", "audited", "complete",
                       "not_auditable", "not_listed"):
            self.assertEqual(sum(hour[figure] for hour in hours), day[figure], figure)
        lost = next(hour for hour in hours if hour["local"] == "2026-02-10 11:00")
        self.assertEqual(lost["from"], "2026-02-10T14:00:00Z")
        self.assertEqual(lost["gaps"]["not_received"], len(LOST))

    def test_every_missing_call_is_named_with_its_reason(self):
        lines = harness.json_lines(self.server.cli("coverage", "--day", "2026-02-10", "--gaps", "--json",
                                                   "--source", "anura").stdout)
        by_id = {line["external_id"]: line for line in lines}
        self.assertEqual(len(by_id), len(lines))
        for name in LOST:
            self.assertEqual(by_id[name]["reason"], "not_received")
            self.assertEqual(by_id[name]["listed_duration_s"], 95)
            self.assertIsNone(by_id[name]["conversation"])
        self.assertTrue(by_id[self.unlisted]["not_listed"])
        cell, = self.cells()
        self.assertEqual(sum(line["reason"] is not None for line in lines), sum(cell["gaps"].values()))
        pages, after = [], "0"
        while after is not None:
            page = self.server.get(f"/api/v1/coverage/gaps?from=2026-02-10&to=2026-02-11&source=anura&limit=3"
                                   f"&after={after}", key=self.key).json()
            pages += page["items"]
            after = page["next"]
        self.assertEqual(pages, lines)
        self.assertEqual(page["total"], len(lines))

    def test_a_supervisor_reads_it_in_one_look(self):
        said = self.server.cli("coverage", "--day", "2026-02-10", "--gaps").stdout.decode()
        self.assertIn("anura/default", said)
        self.assertIn("2  está en la lista de la central y no llegó (not_received)", said)
        for name in LOST:
            self.assertIn(f"2026-02-10 11:15:00  anura/default  {name}  not_received", said)
        self.assertIn("Recibidas y ausentes de la lista de la central: 1.", said)
        english = self.server.cli("coverage", "--day", "2026-02-10", "--ui-language", "en").stdout.decode()
        self.assertIn("calls are missing:", english)
        self.assertIn("add --gaps", english)
        self.assertNotIn("NO CUADRA", said)


def local(moment):
    """`2026-02-10T13:30:00Z` as a spreadsheet in Buenos Aires shows it, in two columns."""
    time = datetime.datetime.fromisoformat(moment.replace("Z", "+00:00")) - datetime.timedelta(hours=3)
    return time.strftime("%d/%m/%Y;%H:%M:%S")


class Lists(webhook_case.WebhookCase):
    def write(self, text, encoding="utf-8"):
        path = self.temporary_folder() / "list.csv"
        path.write_bytes(text.encode(encoding))
        return str(path)

    def import_list(self, *arguments):
        done = self.server.cli("import", "cdr", *arguments, "--json")
        return done, (harness.json_lines(done.stdout) or [None])[0]

    def test_faulty_rows_are_named_and_the_good_ones_go_on(self):
        path = self.write("cdrid,start\nf1,2026-03-01 10:00:00\nf2,mañana\n,2026-03-01 10:01:00\n"
                          "f4,2026-03-01 10:02:00\n")
        done, told = self.import_list(path)
        self.assertEqual(done.returncode, 2)
        self.assertEqual((told["added"], told["refused"]), (2, 2))
        self.assertEqual([fault["line"] for fault in told["faults"]], [3, 4])
        self.assertNotIn("mañana", done.stderr.decode() + done.stdout.decode())
        self.assertIn("línea 3: start", done.stderr.decode())
        cell = harness.json_lines(self.server.cli("coverage", "--day", "2026-03-01", "--json").stdout)
        self.assertEqual([row["listed"] for row in cell if row["announced"]], ["partly"])

    def test_a_dry_run_keeps_nothing(self):
        path = self.write("cdrid,start\nd1,2026-03-02 10:00:00\n")
        done, told = self.import_list(path, "--dry-run")
        self.assertEqual((done.returncode, told["added"], told["dry_run"]), (0, 1, True))
        rows = harness.json_lines(self.server.cli("coverage", "--day", "2026-03-02", "--json").stdout)
        self.assertTrue(all(row["announced"] is None for row in rows))

    def test_asterisk_without_a_header_in_latin_1(self):
        row = '"","100","5551","ctx","""José"" <100>","SIP/1","SIP/2","Dial","x","2026-03-03 09:00:00",' \
              '"2026-03-03 09:00:05","2026-03-03 09:01:00",60,55,"ANSWERED","DOCUMENTATION","1700000000.17","ñ"\n'
        path = self.write(row, "latin-1")
        done, told = self.import_list(path, "--columns", "id=17,start=10,duration=14,outcome=15", "--encoding", "latin-1")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual((told["added"], told["from"]), (1, "2026-03-03T12:00:00Z"))

    def test_json_lines_are_read_too(self):
        path = self.write('{"cdrid": "j1", "dialtime": "2026-03-04T10:00:00Z"}\n')
        _, told = self.import_list(path, "--account", "default")
        self.assertEqual(told["added"], 1)

    def test_what_cannot_be_is_refused_with_words(self):
        path = self.write("a,b\n1,2\n")
        for arguments, code, words in (((path,), 2, "no column tells"), (("/no/such/file",), 4, "No such file"),
                                       ((path, "--zone", "Mars/Base"), 2, "IANA"),
                                       ((path, "--encoding", "utf-16"), 2, "latin-1"),
                                       ((path, "--columns", "id"), 2, "--columns"),
                                       ((path, "--source", "nothing"), 2, "no account"),
                                       ((path, "--from", "hoy"), 2, "expected a day")):
            with self.subTest(arguments=arguments[1:]):
                done = self.server.cli("import", "cdr", *arguments)
                self.assertEqual(done.returncode, code, done.stderr)
                self.assertIn(words, done.stderr.decode())
        self.assertEqual(self.server.cli("import", "recordings", path).returncode, 2)

    def test_the_api_says_what_is_wrong_with_a_question(self):
        reader = self.server.create_key("audits:read")
        for query in ("", "?from=2026-02-10", "?from=2026-02-11&to=2026-02-10", "?from=x&to=y",
                      "?from=2026-01-01&to=2026-12-31", "?from=2026-02-10&to=2026-02-11&by=week"):
            self.assert_problem(self.server.get(f"/api/v1/coverage{query}", key=reader), 400)
        fine = "?from=2026-02-10&to=2026-02-11"
        self.assert_problem(self.server.get(f"/api/v1/coverage/gaps{fine}&limit=501", key=reader), 400)
        self.assert_problem(self.server.get(f"/api/v1/coverage{fine}"), 401)
        self.assert_problem(self.server.get(f"/api/v1/coverage{fine}", key=self.server.create_key("recordings:listen")), 403)
        limited = self.server.create_key("audits:read", campaigns=("1",))
        self.assert_problem(self.server.get(f"/api/v1/coverage{fine}", key=limited), 403)

    def test_metrics_count_the_last_whole_hours(self):
        start = datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(hours=3)
        cdrid = webhook_case.new_id()
        self.accept(webhook_case.start_event(cdrid, dialtime=start.strftime("%Y-%m-%dT%H:%M:%SZ")))
        self.wait(cdrid, "open")
        harness.wait_until(lambda: self.conversations(cdrid)[0]["day"], what="the call to be mapped")
        path = self.write("cdrid,start\n" + f"lost-{cdrid},{start.strftime('%Y-%m-%dT%H:%M:%SZ')}\n")
        self.assertEqual(self.import_list(path)[0].returncode, 0)

        def lines():
            return dict(line.rsplit(" ", 1) for line in self.server.get("/metrics").text.splitlines()
                        if line.startswith("ledger_"))

        # Measured when they are asked for, so that the first answer holds.
        told = lines()
        self.assertEqual(told['ledger_announced_count{source="anura"}'], "1")
        self.assertGreaterEqual(int(told['ledger_received_count{source="anura"}']), 1)
        self.assertEqual(told['ledger_gaps_count{source="anura",gap="not_received"}'], "1")
        self.assertGreaterEqual(int(told['ledger_gaps_count{source="anura",gap="not_ended"}']), 1)
        self.assertEqual(told['ledger_not_listed_count{source="anura"}'], "1")
        self.assertEqual(told['ledger_gaps_count{source="anura",gap="inconsistent"}'], "0")


class Delivered(webhook_case.WebhookCase):
    """With a sink, a call is complete once it is delivered; what was erased is not missing."""

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="oidor-coverage-")
        cls.addClassCleanup(folder.cleanup)
        cls.sink = pathlib.Path(folder.name) / "out"
        cls.more_env = {"OIDOR_SINKS_TABLERO_KIND": "files", "OIDOR_SINKS_TABLERO_FOLDER": str(cls.sink),
                        "OIDOR_SINKS_TABLERO_BATCH_AGE": "0s"}
        super().setUpClass()

    def cell(self):
        cell, = [cell for cell in self.server.get("/api/v1/coverage?from=2026-02-10&to=2026-02-11", key=self.reader)
                 .json()["items"] if cell["source"] == "anura"]
        return cell

    def test_what_is_delivered_is_counted_and_what_waits_is_a_gap(self):
        self.audited_call()
        cell = harness.wait_until(lambda: (seen := self.cell())["delivered"] == seen["audited"] and seen, 30,
                                  "the call to be delivered")
        self.assertEqual(cell["complete"], cell["audited"])
        self.assertEqual(self.server.cli("deliver", "tablero", "--pause").returncode, 0)
        self.audited_call()
        cell = harness.wait_until(lambda: (seen := self.cell())["gaps"].get("delivery_pending") and seen, 30,
                                  "the gap to be seen")
        self.assertEqual((cell["delivered"], cell["gaps"], cell["pending"]), (cell["audited"] - 1,
                                                                             {"delivery_pending": 1}, 1))
        self.assertTrue(cell["consistent"], cell["contradictions"])
        self.assertEqual(self.server.cli("deliver", "tablero", "--resume").returncode, 0)
        harness.wait_until(lambda: not self.cell()["gaps"], 30, "the rest to be delivered")

    def test_an_erased_call_is_not_missing(self):
        item = self.audited_call(dialtime="2026-02-12 10:30:00")
        path = self.temporary_folder() / "list.csv"
        path.write_text(f"cdrid,start\n{item['external_id']},2026-02-12 10:30:00\n")
        words = ("import", "cdr", str(path), "--from", "2026-02-12", "--to", "2026-02-13", "--json")
        self.assertEqual(harness.json_lines(self.server.cli(*words).stdout)[0]["added"], 1)
        done = self.server.cli("erase", "--conversation", item["id"], "--yes")
        self.assertEqual(done.returncode, 0, done.stderr)
        told, = harness.json_lines(self.server.cli(*words).stdout)
        self.assertEqual((told["added"], told["erased"]), (0, 1))
        lines = self.server.cli("coverage", "--day", "2026-02-12", "--gaps", "--json").stdout
        self.assertEqual(harness.json_lines(lines), [])


if __name__ == "__main__":
    unittest.main()
