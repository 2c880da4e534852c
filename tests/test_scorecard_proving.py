"""Scorecards proved from the command line: examples and seeded faults, the linter, differences, the past judged again;
and the guide, whose commands are run."""

import json
import re
import time
import unittest

import jsonschema

import harness
import test_guides
from harness import json_lines, run_program

GUIDES = {"es": harness.ROOT / "docs/guide/proving-a-scorecard.es.md",
          "en": harness.ROOT / "docs/guide/proving-a-scorecard.md"}
SHIPPED = sorted(path.stem for path in (harness.ROOT / "scorecards").glob("*.toml"))

CARD = """id = "prueba"
version = 1
language = "es"
categories = [{ from = 0, name = "todas" }]

[[criteria]]
id = "saludo"
kind = "phrases"
need = "any"
speaker = "agent"
points = 20
phrases = ["buenos días"]
[[criteria.examples]]
outcome = "pass"
text = "Buenos días"
"""


def told(done):
    return done.stderr.decode("utf-8", "replace")


class Guide(unittest.TestCase):
    def test_both_languages_hold_the_same_commands(self):
        commands = {language: [body for body, _ in test_guides.blocks(path)] for language, path in GUIDES.items()}
        self.assertEqual(commands["es"], commands["en"])
        self.assertGreater(len(commands["es"]), 4)

    def follow(self, language):
        reader = test_guides.Reader(self, language)
        for commands, expected in test_guides.blocks(GUIDES[language]):
            with self.subTest(commands=commands):
                output = reader.run(commands)
                if expected is not None:
                    self.assertTrue(test_guides.matches(expected, output), f"expected:\n{expected}\nit said:\n{output}")

    def test_the_spanish_guide_is_followed(self):
        self.follow("es")

    def test_the_english_guide_is_followed(self):
        self.follow("en")


class FileCase(unittest.TestCase):
    temporary_folder = harness.ServerCase.temporary_folder

    def setUp(self):
        self.folder = self.temporary_folder()

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path


class Examples(FileCase):
    def test_an_example_that_does_not_hold_ends_with_an_error_and_its_line(self):
        path = self.write("mia.toml", CARD + '[[criteria.examples]]\noutcome = "pass"\ntext = "Buenas tardes"\n')
        done = run_program("scorecard", "test", path, "--json")
        self.assertEqual(done.returncode, 2, told(done))
        report = json.loads(done.stdout)
        self.assertEqual((report["examples"], report["held"]), (2, 1))
        failure, = report["failures"]
        self.assertEqual((failure["criterion"], failure["expected"], failure["outcome"]), ("saludo", "pass", "fail"))
        self.assertEqual(failure["line"], 16)
        criterion, = report["criteria"]
        self.assertEqual(criterion["pass"]["recall"], 0.5)
        self.assertEqual(criterion["fail"]["precision"], 0.0)

    def test_a_scorecard_without_examples_is_not_proved(self):
        path = self.write("mia.toml", CARD.split("[[criteria.examples]]")[0])
        done = run_program("scorecard", "test", path)
        self.assertEqual(done.returncode, 2)
        self.assertIn("examples/mia.toml", told(done))

    def test_examples_of_a_file_beside_it_are_tried_and_their_faults_told(self):
        path = self.write("mia.toml", CARD)
        self.write("examples/mia.toml", 'scorecard = "prueba"\n[[examples]]\ncriterion = "saludo"\noutcome = "fail"\n'
                                        'texts = ["Cliente: buenos días\\nAgente: sí", "Hola"]\n')
        done = run_program("scorecard", "test", path, "--json")
        self.assertEqual(done.returncode, 0, told(done))
        self.assertEqual(json.loads(done.stdout)["held"], 3)
        wrong = self.write("otros.toml", 'scorecard = "prueba"\n[[examples]]\ncriterion = "salude"\noutcome = "fail"\n'
                                         'text = "hola"\n')
        done = run_program("scorecard", "test", path, "--examples", wrong)
        self.assertEqual(done.returncode, 2)
        self.assertRegex(told(done), r"otros\.toml:3: .*salude.*`saludo`\?")
        done = run_program("scorecard", "test", path, "--examples", self.folder / "none.toml")
        self.assertEqual(done.returncode, 4)

    def test_the_mutation_score_is_held_to_what_is_asked_and_the_same_each_time(self):
        path = self.write("mia.toml", CARD)
        first, second = (run_program("scorecard", "test", path, "--json", "--seed", "3", "--mutants-max", "4",
                                     "--threads", threads) for threads in ("1", "3"))
        self.assertEqual(first.stdout, second.stdout)
        mutation = json.loads(first.stdout)["mutation"]
        self.assertEqual(mutation["tried"] + mutation["equivalent"], 4)
        self.assertEqual(len(mutation["survivors"]), mutation["tried"] - mutation["noticed"])
        for survivor in mutation["survivors"]:
            self.assertTrue(survivor["write"])
            self.assertGreater(survivor["line"], 0)
        done = run_program("scorecard", "test", path, "--mutation-min", "100")
        self.assertEqual(done.returncode, 2)
        self.assertIn("100", told(done))
        self.assertEqual(run_program("scorecard", "test", path, "--mutation-min", "1").returncode, 0)
        none = run_program("scorecard", "test", path, "--json", "--mutants-max", "0")
        self.assertIsNone(json.loads(none.stdout)["mutation"])

    def test_options_that_say_nothing_are_refused(self):
        path = self.write("mia.toml", CARD)
        for options in (["--seed", "x"], ["--mutation-min", "101"], ["--threads", "0"],
                        ["--mutants-max", "0", "--mutation-min", "90"]):
            with self.subTest(options=options):
                self.assertEqual(run_program("scorecard", "test", path, *options).returncode, 2)
        self.assertEqual(run_program("scorecard", "test").returncode, 2)
        self.assertEqual(run_program("scorecard", "test", "general-xx").returncode, 4)
        self.assertEqual(run_program("scorecard", "test", self.folder / "none.toml").returncode, 4)
        self.assertEqual(run_program("scorecard", "test", self.folder / "").returncode, 2)


class Shipped(unittest.TestCase):
    def test_each_is_proved_by_its_examples_and_notices_nine_of_ten_slips(self):
        for name in SHIPPED:
            with self.subTest(scorecard=name):
                done = run_program("scorecard", "test", name, "--mutation-min", "90", "--json")
                report = json.loads(done.stdout)
                self.assertEqual(done.returncode, 0, f"{report['failures'][:3]}\n{told(done)}")
                self.assertEqual(report["held"], report["examples"])
                self.assertGreaterEqual(report["mutation"]["score"], 90)
                self.assertEqual(report["mutation"]["tried"] + report["mutation"]["equivalent"],
                                 report["mutation"]["made"])
                for criterion in report["criteria"]:
                    self.assertEqual(criterion["pass"]["precision"], 1.0, criterion)

    def test_none_contradicts_itself(self):
        for name in SHIPPED:
            found = json_lines(run_program("scorecard", "lint", name, "--json").stdout)
            with self.subTest(scorecard=name):
                rules = {finding["rule"] for finding in found if finding["level"] == "warning"}
                self.assertLessEqual(rules, {"too_short", "only_stop_words", "weighs_nothing"}, found)


class Linter(FileCase):
    def test_findings_have_a_line_a_reason_and_a_cure_in_both_languages(self):
        path = self.write("mia.toml", CARD.replace('["buenos días"]', '["buenos días", "soy", "muy buenos días"]'))
        for language, cure in (("es", "agregue"), ("en", "add the word")):
            done = run_program("scorecard", "lint", path, "--json", "--ui-language", language)
            self.assertEqual(done.returncode, 0, told(done))
            short, needless = json_lines(done.stdout)
            self.assertEqual((short["rule"], short["level"], short["line"]), ("too_short", "warning", 12))
            self.assertIn(cure, short["message"])
            self.assertEqual((needless["rule"], needless["level"], needless["other"]),
                             ("shadowed", "note", "buenos días"))
        self.assertEqual(run_program("scorecard", "lint", path, "--strict").returncode, 2)

    def test_check_tells_the_warnings_and_not_the_notes(self):
        path = self.write("mia.toml", CARD.replace('["buenos días"]', '["buenos días", "soy", "muy buenos días"]'))
        done = run_program("scorecard", "check", path)
        self.assertEqual(done.returncode, 0)
        self.assertIn("too_short", told(done))
        self.assertNotIn("shadowed", told(done))


class Difference(FileCase):
    def test_a_change_is_told_by_criterion_and_key(self):
        old = self.write("a.toml", CARD)
        new = self.write("b.toml", CARD.replace("points = 20", "points = 30").replace("buenos días\"]", "buen día\"]"))
        changes = json_lines(run_program("scorecard", "diff", old, new, "--json").stdout)
        self.assertEqual([(change["criterion"], change["key"]) for change in changes],
                         [("saludo", "points"), ("saludo", "phrases")])
        self.assertEqual((changes[0]["from"], changes[0]["to"]), ("20", "30"))
        self.assertEqual((changes[1]["added"], changes[1]["removed"]), (["buen día"], ["buenos días"]))
        same = run_program("scorecard", "diff", old, old)
        self.assertEqual((same.returncode, same.stdout), (0, b""))
        self.assertTrue(told(same))

    def test_shipped_scorecards_are_compared_without_a_store_and_published_ones_with(self):
        done = run_program("scorecard", "diff", "general-es", "classic-es", cwd=self.folder)
        self.assertEqual(done.returncode, 0, told(done))
        self.assertIn(b"matching", done.stdout)
        self.assertEqual(list(self.folder.iterdir()), [], "nothing is made")
        done = run_program("scorecard", "diff", "general-es@1", "general-es@1", data=self.folder / "data")
        self.assertEqual(done.returncode, 0, told(done))
        done = run_program("scorecard", "diff", "general-es@7", "general-es", data=self.folder / "data")
        self.assertEqual(done.returncode, 4)


GOOD = [("agent", "Buenos días, mi nombre es Lucía, ¿en qué puedo ayudarle?"), ("customer", "Quiero cambiar mi plan."),
        ("agent", "Gracias por comunicarse, hasta luego.")]
CURT = [("agent", "Sí."), ("customer", "Quiero cambiar mi plan."), ("agent", "No puedo.")]


def transcript_of(turns, language="es"):
    return {"language": language, "duration_s": 300,
            "segments": [{"speaker": speaker, "text": text, "start_ms": 5000 * i, "end_ms": 5000 * i + 4000}
                         for i, (speaker, text) in enumerate(turns)]}


class Past(harness.ServerCase):
    """A house of two agents, whose calls are judged, and what another scorecard would have said of them."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        server = cls.server
        for words in (["campaigns", "set", "1", "--name", "Ventas"], ["agents", "set", "300", "--name", "Lucía"],
                      ["agents", "set", "301", "--name", "Ana"]):
            assert server.cli(*words).returncode == 0
        cls.key = server.create_key("webhook:anura/default", "audits:read", "content:read")
        for number in range(12):
            external = f"p{number}"
            event = {"hooktrigger": "END", "cdrid": external, "dialtime": f"2026-02-{number + 1:02} 23:30:00",
                     "direction": "inbound", "calling": "+5491167950079", "called": "300", "status": "ANSWER",
                     "duration": "310", "billseconds": "300", "wasrecorded": "false", "accounttags": "campaign_1",
                     "queueagentname": "x", "queueagentextension": "300" if number % 3 else "301"}
            turns = CURT if number % 4 == 0 else GOOD
            sent = server.put(f"/api/v1/transcripts?source=anura&account=default&external_id={external}",
                              body=transcript_of(turns, "en" if number == 11 else "es"), key=cls.key)
            assert sent.status in (200, 201), sent
            assert server.post("/webhook/anura/", event, key=cls.key).status == 200
        for number in range(12):
            server.wait_for_conversation(cls.key, f"p{number}", {"audited"})

    def backtest(self, *words, **named):
        return self.server.cli("scorecard", "backtest", *words, **named)

    def test_a_scorecard_beside_itself_changes_nothing(self):
        done = self.backtest("general-es@1", "--json")
        self.assertEqual(done.returncode, 0, told(done))
        report = json.loads(done.stdout)
        self.assertEqual(report["conversations"], 12)
        self.assertEqual(report["not_comparable"]["other_language"], 1)
        self.assertEqual(report["compared"], 11)
        self.assertEqual((report["pass_to_fail"], report["fail_to_pass"], report["higher"]), (0, 0, 0))
        self.assertEqual(report["before"], report["after"])
        self.assertEqual(sum(bin["count"] for bin in report["before"]["bins"]), 11)

    def test_who_changes_is_told_by_criterion_agent_and_campaign_with_examples(self):
        folder = self.temporary_folder()
        shown = self.server.cli("scorecard", "show", "general-es", "--version", "1").stdout.decode("utf-8")
        draft = folder / "draft.toml"
        # Nobody says this: every greeting that counted counts no more.
        draft.write_text(re.sub(r'(id = "saludo_correcto".*?)(phrases|packs) = \[.*?\n?\]',
                                r'\1phrases = ["bienvenida sea su merced"]', shown, count=1, flags=re.DOTALL), "utf-8")
        done = self.backtest(draft, "--against", "general-es@1", "--json", "--threads", "3")
        self.assertEqual(done.returncode, 0, told(done))
        report = json.loads(done.stdout)
        greeting = next(item for item in report["criteria"] if item["id"] == "saludo_correcto")
        self.assertEqual(greeting["pass_to_fail"], 8)
        self.assertEqual(len(greeting["examples"]["pass_to_fail"]), 5)
        first = greeting["examples"]["pass_to_fail"][0]
        shown = self.server.get(f"/api/v1/conversations/{first['conversation_id']}", key=self.key)
        self.assertEqual(shown.status, 200)
        self.assertLess(first["after"], first["before"])
        agents = {agent["id"]: agent["criteria"]["saludo_correcto"]["pass_to_fail"] for agent in report["agents"]}
        self.assertEqual(sum(agents.values()), 8)
        self.assertEqual(set(agents), {"300", "301"})
        campaign, = report["campaigns"]
        self.assertEqual((campaign["id"], campaign["audits"]), ("1", 11))
        again = self.backtest(draft, "--against", "general-es@1", "--json", "--threads", "1")
        self.assertEqual(again.stdout, done.stdout, "whatever the threads")
        words = self.backtest(draft, "--against", "general-es@1").stdout.decode("utf-8")
        self.assertIn(first["conversation_id"], words)

    def test_time_campaign_and_zone_narrow_it(self):
        report = json.loads(self.backtest("general-es@1", "--from", "2026-02-03", "--to", "2026-02-05", "--zone",
                                          "America/Argentina/Buenos_Aires", "--json").stdout)
        self.assertEqual(report["conversations"], 2)
        report = json.loads(self.backtest("general-es@1", "--campaign", "99", "--json").stdout)
        self.assertEqual(report["conversations"], 0)
        # A day is the call's own: at 23:30 there it is the next one in UTC.
        for words, count in ((("--from", "2026-02-12"), 1), (("--to", "2026-02-02"), 1), (("--from", "2026-02-12", "--zone", "UTC"), 2),
                             (("--from", "2026-02-12T00:00:00Z"), 2)):
            with self.subTest(words):
                self.assertEqual(json.loads(self.backtest("general-es@1", *words, "--json").stdout)["conversations"], count)

    def test_what_it_cannot_do_is_told_with_its_code(self):
        for words, code in ((["none@1"], 4), (["general-es@x"], 2), (["general-es", "--against", "none"], 4),
                            (["general-es", "--from", "soon"], 2), (["general-es", "--zone", "Moon", "--from", "2026-02-01"], 2),
                            (["general-es", "--pass-mark", "200"], 2), ([], 2)):
            with self.subTest(words=words):
                done = self.backtest(*words)
                self.assertEqual(done.returncode, code, told(done))
                self.assertEqual(done.stdout, b"")

    def test_published_versions_are_tested_and_linted_by_their_names(self):
        folder = self.temporary_folder()
        path = folder / "publicada.toml"
        path.write_text(CARD.replace('id = "prueba"', 'id = "publicada"'), "utf-8")
        self.assertEqual(self.server.cli("scorecard", "publish", path).returncode, 0)
        for name in ("publicada", "publicada@1"):
            tested = self.server.cli("scorecard", "test", name, "--mutants-max", "0", "--json")
            self.assertEqual(tested.returncode, 0, told(tested))
            self.assertEqual(json.loads(tested.stdout)["path"], "publicada@1")
            self.assertEqual(self.server.cli("scorecard", "lint", name).returncode, 0)
        for word in ("test", "lint"):
            self.assertEqual(self.server.cli("scorecard", word, "publicada@7").returncode, 4)

    def test_nothing_is_written(self):
        before = self.server.get("/api/v1/conversations", key=self.key).json()
        self.assertEqual(self.backtest("classic-es@1").returncode, 0)
        self.assertEqual(self.server.get("/api/v1/conversations", key=self.key).json(), before)



class Api(harness.ServerCase):
    """The same over HTTP."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reader, cls.admin = cls.server.create_key("audits:read"), cls.server.create_key("admin", "audits:read")
        cls.document = cls.server.get("/openapi.json").json()

    def check(self, path, answer, method="post"):
        content = self.document["paths"][path][method]["responses"][str(answer.status)]["content"]["application/json"]
        validator = jsonschema.Draft202012Validator({**content["schema"], "components": self.document["components"]})
        self.assertEqual([fault.message for fault in validator.iter_errors(answer.json())], [])

    def post(self, word, body, key=None, status=200):
        answer = self.server.post(f"/api/v1/scorecards/{word}", body, key=key or self.admin)
        self.assertEqual(answer.status, status, answer)
        return answer

    def test_published_scorecards_are_listed_and_shown(self):
        listed = self.server.get("/api/v1/scorecards", key=self.reader)
        self.check("/api/v1/scorecards", listed, "get")
        self.assertLessEqual(set(SHIPPED), {item["id"] for item in listed.json()["items"]})
        shown = self.server.get("/api/v1/scorecards/classic-es?version=1", key=self.reader)
        self.check("/api/v1/scorecards/{id}", shown, "get")
        self.assertIn('id = "classic-es"', shown.json()["toml"])
        for path, status in (("none", 404), ("classic-es?version=9", 404), ("classic-es?version=x", 400)):
            self.assertEqual(self.server.get(f"/api/v1/scorecards/{path}", key=self.reader).status, status)
        self.assertEqual(self.server.get("/api/v1/scorecards").status, 401)

    def test_a_draft_is_checked_tested_and_compared(self):
        answer = self.post("check", {"toml": CARD.replace("buenos días\"]", "soy\"]")}, key=self.reader)
        self.check("/api/v1/scorecards/check", answer)
        self.assertEqual((answer.json()["valid"], answer.json()["findings"][0]["rule"]), (True, "too_short"))
        faulty = self.post("check", {"toml": "id = 1"}, key=self.reader).json()
        self.assertFalse(faulty["valid"])
        self.assertGreater(len(faulty["faults"]), 1)
        answer = self.post("test", {"toml": CARD, "examples": 'scorecard = "prueba"\n[[examples]]\ncriterion = "saludo"\n'
                                    'outcome = "fail"\ntext = "Hola"\n'})
        self.check("/api/v1/scorecards/test", answer)
        self.assertEqual((answer.json()["examples"], answer.json()["held"]), (2, 2))
        self.assertGreater(answer.json()["mutation"]["noticed"], 0)
        shipped = self.post("test", {"id": "classic-es", "mutants_max": 0}).json()
        self.assertEqual(shipped["held"], shipped["examples"])
        self.assertGreater(shipped["examples"], 0)
        answer = self.post("diff", {"old": {"toml": CARD}, "new": {"toml": CARD.replace("= 20", "= 30")}}, key=self.reader)
        self.check("/api/v1/scorecards/diff", answer)
        self.assertEqual([change["key"] for change in answer.json()["changes"]], ["points"])

    def test_whoever_may_only_read_keeps_nobody_elses_thread(self):
        many = ", ".join(f'"frase de relleno número {number} para la prueba"' for number in range(4_500))
        started = time.monotonic()
        answer = self.post("check", {"toml": CARD.replace('"buenos días"', many)}, key=self.reader)
        self.assertTrue(answer.json()["valid"])
        self.assertLess(time.monotonic() - started, 20)
        for word, body in (("check", {"toml": "#" * (256 << 10)}), ("diff", {"old": {"toml": "#" * (256 << 10)}})):
            self.assertEqual(self.server.post(f"/api/v1/scorecards/{word}", body, key=self.reader).status, 413)

    def test_the_past_is_judged_in_the_background(self):
        started = self.post("backtest", {"new": {"toml": CARD}, "against": {"id": "general-es", "version": 1}}, status=201)
        self.check("/api/v1/scorecards/backtest", started)
        path = f"/api/v1/scorecards/backtest/{started.json()['id']}"

        def ended():
            answer = self.server.get(path, key=self.admin)
            self.check("/api/v1/scorecards/backtest/{run}", answer, "get")
            return answer.json() if answer.json()["state"] != "running" else None

        run = harness.wait_until(ended, what="the back-test")
        self.assertEqual(run["state"], "done", run)
        self.assertEqual((run["report"]["conversations"], run["report"]["against"]),
                         (0, {"id": "general-es", "version": 1}))
        self.assertEqual(self.server.request("DELETE", path, key=self.admin).status, 200)
        self.assertEqual(self.server.get(path, key=self.reader).status, 403)

    def test_what_is_not_understood_is_refused(self):
        for word, body, status in (("check", [], 400), ("check", {}, 400), ("test", {"toml": "id = 1"}, 400),
                                   ("test", {"id": "none"}, 404), ("test", {"toml": CARD, "mutants_max": 10**6}, 400),
                                   ("diff", {"old": {"toml": CARD}}, 400), ("backtest", {}, 400),
                                   ("backtest", {"new": {"toml": CARD}, "against": "yesterday"}, 400),
                                   ("backtest", {"new": {"toml": CARD}, "from": "soon"}, 400)):
            with self.subTest(word=word, body=body):
                self.post(word, body, status=status)
        self.post("backtest", {"new": {"toml": CARD}}, key=self.reader, status=403)
        self.assertEqual(self.server.get("/api/v1/scorecards/backtest/none", key=self.admin).status, 404)


if __name__ == "__main__":
    unittest.main()
