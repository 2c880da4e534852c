"""What hearing costs, seen from outside: a recording is paid for once, a day keeps its budget, an estimate says what it
does not know, and what failed is listed and heard again."""

import datetime
import pathlib
import re
import signal
import tempfile
import unittest

import harness
from speech_case import KEY
from speech_house import PRICE, SpeechHouse, make_call, open_simulator


def today(offset=0):
    return (datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(days=offset)).date().isoformat()


def costs(house, by="engine"):
    return house.json("costs", "--from", today(-1), "--to", today(2), "--by", by)[0]


class Once(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.house = SpeechHouse()
        cls.house.__enter__()
        cls.addClassCleanup(cls.house.__exit__, None, None, None)
        cls.house.server.start()
        cls.house.announce("first", 1)
        cls.item = cls.house.wait("first", "audited")
        cls.asked = len(cls.house.simulator.asked)
        cls.house.announce("second", 1)
        cls.twin = cls.house.wait("second", "audited")

    def test_the_same_audio_of_another_call_costs_nothing(self):
        self.assertGreater(self.asked, 0)
        self.assertEqual(len(self.house.simulator.asked), self.asked)
        self.assertEqual([call["state"] for call in self.house.calls_of(self.item)], ["paid"])
        twin = self.house.calls_of(self.twin)
        self.assertEqual([(call["state"], call["cost"]) for call in twin], [("cached", 0)])
        words = [[segment["text"] for segment in self.house.get(f"/api/v1/conversations/{item['id']}")["transcript"]["segments"]]
                 for item in (self.item, self.twin)]
        self.assertEqual(words[0], words[1])
        self.assertIn("Buenos días", " ".join(words[0]))

    def test_the_ledger_adds_up_by_engine_day_campaign_and_account(self):
        call, = self.house.calls_of(self.item)
        self.assertEqual(call["engine"], "openai")
        self.assertLess(call["sent_s"], 2 * call["audio_s"])
        self.assertAlmostEqual(call["cost"], call["billed_s"] * PRICE / 3600, places=5)
        for by, name in (("engine", "openai"), ("campaign", "1"), ("account", "anura/default"), ("day", call["day"])):
            found = costs(self.house, by)
            line, = found["items"]
            self.assertEqual(line["name"], name)
            self.assertEqual((line["calls"], line["cached"], line["failed"], line["unconfirmed"]), (1, 1, 0, 0))
            self.assertEqual(line["cost"], call["cost"])
            self.assertEqual(found["totals"][0]["cost"], call["cost"])
            answer = self.house.get(f"/api/v1/costs?from={today(-1)}&to={today(2)}&by={by}")
            self.assertEqual(answer["items"], found["items"])
        text = self.house.server.cli("costs", "--ui-language", "es").stdout.decode()
        self.assertIn("openai:whisper-1", text)
        self.assertIn("USD", text)

    def test_a_key_limited_to_campaigns_sees_its_own_money_alone(self):
        key = self.house.server.create_key("audits:read", campaigns=("2",))
        self.assertEqual(self.house.server.get("/api/v1/costs", key=key).json()["items"], [])
        self.assertEqual(self.house.server.get("/api/v1/estimate", key=key).status, 403)
        self.assertEqual(self.house.server.get(f"/api/v1/conversations/{self.item['id']}/costs", key=key).status, 404)
        self.assertEqual(self.house.server.get("/api/v1/costs?by=agent", key=self.house.reader).status, 400)
        self.assertEqual(self.house.server.get("/api/v1/costs?from=ayer", key=self.house.reader).status, 400)


class Again(unittest.TestCase):
    def test_an_erased_call_leaves_its_money_and_not_its_words(self):
        with SpeechHouse() as house:
            house.server.start()
            house.announce("gone", 1)
            gone = house.wait("gone", "audited")
            before, asked = costs(house)["totals"][0]["cost"], len(house.simulator.asked)
            done = house.server.cli("erase", "--conversation", gone["id"], "--yes")
            self.assertEqual(done.returncode, 0, done)
            self.assertEqual(costs(house)["totals"][0]["cost"], before)
            house.announce("gone-too", 1)
            house.wait("gone-too", "audited")
            self.assertEqual(len(house.simulator.asked), 2 * asked, "the kept reply went with its call")

    def test_what_was_heard_can_be_heard_anew_and_is_judged_again(self):
        with SpeechHouse() as house:
            house.server.start()
            house.announce("one", 1)
            item = house.wait("one", "audited")
            path, asked = f"/api/v1/conversations/{item['id']}/transcribe", len(house.simulator.asked)
            answer = house.server.post(path, {}, key=house.reader)
            self.assertEqual((answer.status, answer.json()), (200, {"queued": 1}))
            harness.wait_until(lambda: [call["state"] for call in house.calls_of(item)] == ["paid", "paid"], 40,
                               "the second line of the ledger")
            self.assertEqual(len(house.simulator.asked), 2 * asked)
            self.assertEqual(house.server.post(path, {"engine": "nobody"}, key=house.reader).status, 400)
            self.assertEqual(house.server.post(path.replace(item["id"], "none"), {}, key=house.reader).status, 404)


def zone_of_noon():
    """A zone in which it is about noon: the day's end is never near."""
    return f"Etc/GMT{datetime.datetime.now(datetime.timezone.utc).hour - 12:+d}"


class Budget(unittest.TestCase):
    def test_a_used_up_day_pauses_and_the_oldest_call_is_heard_first(self):
        with SpeechHouse(numbers=(1, 2, 3), OIDOR_SPEECH_BUDGET_PER_DAY="0.000001", OIDOR_WORKERS_COUNT="1",
                         OIDOR_SPEECH_BUDGET_TIME_ZONE=zone_of_noon()) as house:
            house.server.start()
            house.announce("paid", 1)
            house.wait("paid", "audited")
            asked = len(house.simulator.asked)
            house.announce("younger", 2, dialtime="2026-02-10 12:00:00")
            house.announce("older", 3, dialtime="2026-02-10 09:00:00")
            harness.wait_until(lambda: house.get("/api/v1/costs/budget")["paused_until"], 40, "the pause")

            def stored():
                items = [item for name in ("younger", "older")
                         for item in house.server.list_conversations(house.reader, external_id=name)]
                return len(items) == 2 and all(row["state"] == "stored" for item in items for row in item["recordings"])
            harness.wait_until(stored, 40, "both recordings")
            budget = house.get("/api/v1/costs/budget")
            self.assertEqual(budget["left"], 0)
            self.assertEqual(budget["paused_until"], budget["to"])
            left = datetime.datetime.fromisoformat(budget["to"].replace("Z", "+00:00")) - datetime.datetime.now(datetime.timezone.utc)
            self.assertTrue(10 <= left.total_seconds() / 3600 <= 13, left)
            doctor = house.server.cli("doctor").stdout.decode()
            self.assertIn("the day's budget is used up", doctor)
            self.assertRegex(house.server.get("/metrics").text, r"(?m)^speech_budget_used_up_count 1$")

            def waiting():
                return [job for job in house.json("jobs", "list", "--kind", "transcribe") if job["state"] == "queued"]
            harness.wait_until(lambda: len(waiting()) == 2, 40, "both to wait")
            self.assertEqual({job["attempts"] for job in waiting()}, {0})
            self.assertEqual(len(house.simulator.asked), asked)
            # Somebody raises the bound; both are heard, the older call first.
            house.server.env["OIDOR_SPEECH_BUDGET_PER_DAY"] = "100"
            house.server.restart()
            began = {name: house.calls_of(house.wait(name, "audited"))[0]["started_at"] for name in ("older", "younger")}
            self.assertLess(began["older"], began["younger"])
            self.assertIsNone(house.get("/api/v1/costs/budget")["paused_until"])


class Crashes(unittest.TestCase):
    def ledger_after(self, point):
        with SpeechHouse() as house:
            house.server.env["OIDOR_FAILPOINTS"] = f"{point}=kill@1"
            house.server.start()
            house.announce("one", 1)
            self.assertEqual(house.server.process.wait(timeout=60 * harness.PATIENCE), -signal.SIGKILL)
            house.server.kill()
            asked = len(house.simulator.asked)
            del house.server.env["OIDOR_FAILPOINTS"]
            house.server.start()
            states = [call["state"] for call in house.calls_of(house.wait("one", "audited"))]
            return states, asked, len(house.simulator.asked)

    def test_dying_behind_the_kept_reply_costs_nothing_more(self):
        states, before, after = self.ledger_after("speech.reply.after")
        self.assertEqual(states, ["paid", "cached"])
        self.assertGreater(before, 0)
        self.assertEqual(after, before)

    def test_dying_between_the_answer_and_our_commit_pays_twice_and_says_so(self):
        states, before, after = self.ledger_after("speech.reply.before")
        self.assertEqual(states, ["unconfirmed", "paid"])
        self.assertEqual(after, 2 * before)


class Retries(unittest.TestCase):
    def test_a_refused_key_is_failed_listed_and_heard_again(self):
        with SpeechHouse(OIDOR_SPEECH_OPENAI_API_KEY="wrong") as house:
            house.server.start()
            house.announce("one", 1)
            failed = house.wait("one", "failed")
            self.assertEqual(failed["reason"], "engine_refuses_key")
            line, = house.json("transcripts", "--state", "failed", "--reason", "engine_refuses_key")
            self.assertEqual((line["conversation"], line["engine"]), (failed["id"], "openai"))
            self.assertEqual(house.json("transcripts", "--state", "suspect"), [])
            call, = house.calls_of(failed)
            self.assertEqual((call["state"], call["cost"], call["error_code"]), ("refused", 0, "Unauthenticated"))
            self.assertIn("oidor transcripts --state failed", house.server.cli("doctor").stdout.decode())
            house.server.env["OIDOR_SPEECH_OPENAI_API_KEY"] = KEY
            house.server.restart()
            answer = house.server.post("/api/v1/transcripts/retry", {"state": "failed"}, key=house.reader)
            self.assertEqual((answer.status, answer.json()), (200, {"queued": 1}))
            house.wait("one", "audited")
            self.assertEqual(house.get("/api/v1/transcripts?state=failed")["items"], [])
            self.assertEqual([row["state"] for row in house.get("/api/v1/transcripts")["items"]], ["heard"])

    def test_what_is_not_believed_is_suspect_and_asked_for_anew(self):
        simulator = open_simulator((1,), always="loop")
        with SpeechHouse(simulator=simulator) as house:
            house.server.start()
            house.announce("one", 1)
            house.wait("one", "audited")
            line, = house.get("/api/v1/transcripts?state=suspect")["items"]
            self.assertTrue(line["reasons"])
            text = house.server.cli("transcripts", "--state", "suspect").stdout.decode()
            self.assertIn(line["conversation"], text)
            simulator.always = ""
            done = house.server.cli("transcribe", "--retry", "--state", "suspect")
            self.assertEqual(done.returncode, 0, done)
            harness.wait_until(lambda: [row["state"] for row in house.get("/api/v1/transcripts")["items"]] == ["heard"], 60,
                               "the new transcript to be believed")

    def test_the_command_line_says_what_it_wants(self):
        with SpeechHouse() as house:
            for words in (("transcribe",), ("transcribe", "--retry"), ("transcribe", "--retry", "x", "--state", "failed"),
                          ("transcribe", "--retry", "--state", "heard"), ("transcribe", "--retry", "no-id"),
                          ("transcripts", "--state", "lost"), ("costs", "--by", "agent"), ("costs", "--from", "ayer"),
                          ("estimate",), ("estimate", "--from", "2026-02-10", "--to", "2026-02-10")):
                done = house.server.cli(*words)
                self.assertEqual(done.returncode, 2, (words, done))


class Estimates(unittest.TestCase):
    def test_a_week_is_priced_before_a_recording_is_there(self):
        with SpeechHouse(OIDOR_ACCOUNTS_ANURA_DEFAULT_RECORDING_PRICE="0.06/min") as house, \
                tempfile.TemporaryDirectory(prefix="oidor-list-") as folder:
            listed = pathlib.Path(folder) / "lista.csv"
            listed.write_text("cdrid;fecha;hora;duración;estado\n9001;10/02/2026;11:15:00;100;ANSWERED\n"
                              "9002;10/02/2026;11:20:00;200;ANSWERED\n9003;10/02/2026;11:25:00;0;BUSY\n", encoding="utf-8")
            done = house.server.cli("import", "cdr", str(listed), "--from", "2026-02-10", "--to", "2026-02-11")
            self.assertEqual(done.returncode, 0, done)
            words = ("estimate", "--from", "2026-02-10", "--to", "2026-02-11")
            found, = house.json(*words)
            line, = found["items"]
            self.assertEqual((line["calls"], line["announced_only"], line["not_recorded"]), (2, 2, 1))
            self.assertEqual(line["audio_s"], 300)
            self.assertEqual(line["recording"], {"cost": 0.3, "basis": "price", "calls_not_counted": 0})
            self.assertEqual(line["speech"], {"cost": round(600 * PRICE / 3600, 6), "basis": "price_and_length",
                                              "calls_not_counted": 0})
            self.assertEqual(line["model_questions"]["basis"], "free")
            self.assertTrue(found["whole"])
            # An engine without a price: unknown, never nought.
            other, = house.json(*words, "--engine", "azure")
            self.assertIsNone(other["items"][0]["speech"]["cost"])
            self.assertEqual(other["items"][0]["speech"]["basis"], "no_price")
            self.assertFalse(other["whole"])
            text = house.server.cli(*words, "--engine", "azure", "--ui-language", "es").stdout.decode()
            self.assertIn("desconocido", text)
            self.assertIn("no está completo", text)
            house.server.start()
            self.assertEqual(house.get("/api/v1/estimate?from=2026-02-10&to=2026-02-11")["items"], found["items"])


class Guides(unittest.TestCase):
    def commands(self, name):
        page = (harness.ROOT / "docs/guide" / name).read_text(encoding="utf-8")
        return [line.split() for block in re.findall(r"^```console\n(.*?)^```$", page, re.M | re.S)
                for line in block.splitlines() if line.startswith("oidor ")]

    def test_the_guides_commands_are_the_same_in_both_languages_and_are_known(self):
        english, spanish = self.commands("costs.md"), self.commands("costs.es.md")
        self.assertEqual([words for words in english if words[1] != "import"], [words for words in spanish if words[1] != "import"])
        with SpeechHouse() as house:
            for words in english:
                if words[1] != "import":
                    done = house.server.cli(*words[1:])
                    # Nothing is there yet: a conversation that does not exist is told apart from a wrong command.
                    self.assertIn(done.returncode, (0, 4), (words, done))

    def test_the_guides_settings_are_taken(self):
        page = (harness.ROOT / "docs/guide/costs.md").read_text(encoding="utf-8")
        settings = re.search(r"^```toml\n(.*?)^```$", page, re.M | re.S)[1]
        with tempfile.TemporaryDirectory(prefix="oidor-guide-") as folder:
            path = pathlib.Path(folder) / "oidor.toml"
            path.write_text(settings, encoding="utf-8")
            done = harness.run_program("config", "check", "--config", str(path), data=pathlib.Path(folder) / "data")
            self.assertEqual(done.returncode, 0, done)


class Calls(unittest.TestCase):
    def test_numbers_make_other_bytes_and_the_same_words(self):
        self.assertNotEqual(make_call(1)[0], make_call(2)[0])
        self.assertEqual(make_call(1)[1]["segments"], make_call(2)[1]["segments"])


if __name__ == "__main__":
    unittest.main()
