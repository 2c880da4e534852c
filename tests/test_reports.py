"""Quality reports beside the figures that a person would work out: a day of calls is sent in, every call is read back
from the API, and what each report says, in each form, is computed again here from those answers."""

import csv
import io
import json
import math
import re
import shlex
import statistics
import unittest
from collections import Counter, defaultdict

import harness
from audit_case import segment, transcript
from shares import wilson
from webhook_case import PHONE, WebhookCase, event, new_id

KINDS = ("categories", "protocol", "phrases", "review", "trend", "executive")
DAYS = "from=2026-02-10&to=2026-02-12"
DAY_WORDS = ("--from", "2026-02-10", "--to", "2026-02-12")
MIN_N = 5
GUIDES = {language: harness.ROOT / f"docs/guide/reports{end}.md" for language, end in (("en", ""), ("es", ".es"))}


def student(degrees):
    """The point of 97.5 %, by adding up the density: slow, and nobody's table."""
    scale = math.exp(math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)) / math.sqrt(degrees * math.pi)

    def below(end, steps=2000):
        width = end / steps
        heights = [scale * (1 + (i * width) ** 2 / degrees) ** (-(degrees + 1) / 2) for i in range(steps + 1)]
        return 0.5 + width / 3 * (heights[0] + heights[-1] + 4 * sum(heights[1:-1:2]) + 2 * sum(heights[2:-1:2]))
    low, high = 1.0, 13.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) < 0.975 else (low, middle)
    return low


def mean_interval(values):
    reach = student(len(values) - 1) * statistics.stdev(values) / math.sqrt(len(values))
    middle = statistics.fmean(values)
    return [min(max(middle + side * reach, 0), 100) for side in (-1, 1)]


def call(*agent_texts, seconds=300):
    """A call in which the agent says these words, one after another."""
    parts = [segment("agent", text, 4000 * at, 4000 * at + 2000) for at, text in enumerate(agent_texts)]
    parts.insert(1, segment("customer", "Quiero cambiar mi dirección.", 2100, 3900))
    return transcript(*parts, duration_s=seconds)


GREET, NAME, HELP, BYE = "Buenos días.", "Mi nombre es Lucía.", "¿En qué puedo ayudarle?", "Hasta luego."
SAID = [(GREET, NAME, HELP, BYE), (GREET, HELP, BYE), (GREET, "No puedo.", BYE), (NAME, "Eso es imposible.", "No puedo."),
        ("Espere.", "Listo."), (GREET, NAME, BYE)]
NOBODY = {"queueagentname": "", "queueagentextension": ""}


class Reports(WebhookCase):
    more_env = {"ANURA_DEFAULT_OPERATOR_ID": "301"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        done = cls.server.cli("agents", "set", "301", "--name", "=Ana")
        assert done.returncode == 0, done
        case, calls = cls(), []
        for at, said in enumerate(SAID * 2):
            calls.append((said, {"accounttags": f"campaign_{1 + at % 2}", "billseconds": str(40 + 60 * at)}))
        for said in SAID[:2]:
            calls.append((said, {"queueagentextension": "301", "queueagentname": "Ana"}))
        calls.append((SAID[3], {"queueagentextension": "999", "queueagentname": "Zoe"}))
        calls.append((SAID[3], {**NOBODY, "accounttags": "campaign_77"}))
        calls.append((SAID[0], {"dialtime": "2026-02-11 23:30:00", "direction": "outbound", "calling": "300", "called": PHONE}))
        ids = []
        for said, more in calls:
            ids.append(new_id())
            case.accept(event(ids[-1], **more))
            assert case.put_transcript(ids[-1], call(*said)).status in (200, 201)
        silent = [new_id(), new_id()]
        for cdrid in silent:
            case.accept(event(cdrid, status="NO ANSWER"))
        unheard = new_id()
        case.accept(event(unheard))
        for cdrid in ids:
            case.wait(cdrid, "audited")
        for cdrid in silent:
            case.wait(cdrid, "not_auditable")
        case.wait(unheard, {"ended", "no_recording"})
        cls.items = [case.whole(item) for item in cls.server.list_conversations(cls.reader)]
        cls.by_id = {item["id"]: item for item in cls.items}

    # What the API says of each call, taken apart by hand ---------------------------------------------------
    def parts(self, of=lambda item, part: True):
        """(conversation, part, whole audit) of each current audit of the days."""
        for item in self.items:
            if "2026-02-10" <= (item["day"] or "") < "2026-02-12":
                for part in item["agents"]:
                    if of(item, part):
                        for audit in item["audits"]:
                            if audit["participation"] == part["participation"]:
                                yield item, part, audit

    def scored(self, of=lambda item, part: True):
        return [each for each in self.parts(of) if each[2]["auditable"] and each[2]["quality_score"] is not None]

    def groups(self, by):
        """{id: [(conversation, part, audit)]} of what may be in that figure."""
        found = defaultdict(list)
        for item, part, audit in self.scored():
            owner = {"whole": {"id": None, "state": "mapped"}, "agent": part, "campaign": item["campaign"]}[by]
            if owner["state"] == "mapped":
                found[owner["id"]].append((item, part, audit))
        return found

    def report(self, kind, query="", key=None, **named):
        answer = self.server.get(f"/api/v1/reports/{kind}?{DAYS}{query}", key=key or self.reader, **named)
        self.assertEqual(answer.status, 200, answer)
        return answer

    def rows(self, kind, query=""):
        return self.report(kind, query).json()["items"]

    def assert_share(self, row, name, hits, n):
        """The three cells of a share."""
        keys = [f"{name}_percent", f"{name}_low_percent", f"{name}_high_percent"]
        if n < MIN_N:
            self.assertEqual([row[key] for key in keys], [None] * 3)
            self.assertEqual(row["few"], n > 0 or row["few"])
            return
        for key, wanted in zip(keys, [100 * hits / n, *(100 * end for end in wilson(hits, n))]):
            self.assertAlmostEqual(row[key], wanted, delta=0.0051, msg=f"{key} of {row}")

    def assert_mean(self, row, scores):
        if len(scores) < MIN_N:
            self.assertEqual([row[key] for key in ("mean_score", "mean_low", "mean_high")], [None] * 3)
            return
        self.assertAlmostEqual(row["mean_score"], statistics.fmean(scores), delta=0.0051)
        for key, wanted in zip(("mean_low", "mean_high"), mean_interval(scores)):
            self.assertAlmostEqual(row[key], wanted, delta=0.0075, msg=f"{key} of {row}")

    def test_the_seed_has_all_that_a_report_tells_apart(self):
        states = Counter(part["state"] for _, part, _ in self.scored())
        self.assertEqual(set(states), {"mapped", "defaulted", "unmapped"})
        self.assertIn("unmapped", {item["campaign"]["state"] for item, _, _ in self.scored()})
        self.assertGreater(len({audit["quality_score"] for _, _, audit in self.scored()}), 3)
        self.assertGreater(len(self.groups("agent")["300"]), MIN_N)

    def test_categories_by_everything_campaign_and_agent(self):
        for by in ("whole", "campaign", "agent"):
            rows, wanted = self.rows("categories", f"&by={by}"), self.groups(by)
            self.assertEqual({row.get(by) for row in rows}, set(wanted))
            for row in rows:
                of_group = [audit for _, _, audit in wanted[row.get(by)]]
                audits = [audit for audit in of_group if row["category"] in (None, audit["quality_category"])]
                with self.subTest(by=by, group=row.get(by), category=row["category"]):
                    self.assertEqual(row["n"], len(audits))
                    self.assertEqual(row["review"], sum(audit["needs_review"] for audit in audits))
                    self.assert_mean(row, [audit["quality_score"] for audit in audits])
                    self.assert_share(row, "review", row["review"], len(audits))
                    if row["category"]:
                        self.assert_share(row, "share", len(audits), len(of_group))
                    self.assertEqual(row["rank"] is not None,
                                     by != "whole" and row["category"] is None and len(audits) >= MIN_N)

    def test_what_stays_out_is_counted_apart_and_adds_up(self):
        everything = list(self.parts())
        for by in ("whole", "campaign", "agent"):
            counts = self.report("categories", f"&by={by}").json()["counts"]
            self.assertEqual(counts["audits"], len(everything))
            self.assertEqual(counts["figures"], sum(len(group) for group in self.groups(by).values()))
            self.assertEqual(counts["not_auditable"], sum(not audit["auditable"] for _, _, audit in everything))
            self.assertEqual(sum(counts["not_auditable_reasons"].values()), counts["not_auditable"])
            self.assertEqual(counts["not_judged"], 1)
            for state in ("defaulted", "unmapped"):
                agents = sum(part["state"] == state for _, part, _ in self.scored())
                campaigns = sum(item["campaign"]["state"] == state for item, _, _ in self.scored())
                self.assertEqual(counts[f"agents_{state}"], agents if by == "agent" else 0)
                self.assertEqual(counts[f"campaigns_{state}"], campaigns if by == "campaign" else 0)
            out = ("not_auditable", "without_score", "other_scorecards", "agents_defaulted", "agents_unmapped",
                   "campaigns_defaulted", "campaigns_unmapped", "unreadable")
            self.assertEqual(counts["audits"], counts["figures"] + sum(counts[name] for name in out))

    def test_every_form_says_what_was_counted_apart(self):
        counts = self.report("categories", "&by=agent").json()["counts"]
        sentence = f"con agente por defecto {counts['agents_defaulted']} · con agente sin asignar {counts['agents_unmapped']}"
        self.assertGreater(counts["agents_unmapped"] * counts["agents_defaulted"], 0)
        for form in ("html", "text"):
            self.assertIn(sentence, self.report("categories", f"&by=agent&format={form}").text)
        lines = list(csv.reader(io.StringIO(self.report("categories", "&by=agent&format=csv").text)))
        told = {line[0]: int(line[1]) for line in lines[1:] if line[0] != "figure"}
        for name, count in counts.items():
            if name != "not_auditable_reasons":
                self.assertEqual(told[name], count)

    def test_protocol(self):
        for by in ("whole", "agent"):
            for row in self.rows("protocol", f"&by={by}"):
                outcomes = Counter(criterion["outcome"] for _, _, audit in self.groups(by)[row.get(by)]
                                   for criterion in audit["criteria"] if criterion["id"] == row["criterion"])
                for outcome in ("pass", "fail", "unknown", "not_applicable"):
                    self.assertEqual(row[outcome], outcomes[outcome], row)
                self.assert_share(row, "pass", outcomes["pass"], outcomes["pass"] + outcomes["fail"])
        titles = {row["criterion"]: row["title"] for row in self.rows("protocol")}
        self.assertEqual(titles["saludo_correcto"], "Saludo")

    def test_phrases_most_frequent_first(self):
        said, calls = Counter(), defaultdict(set)
        for item, _, audit in self.scored():
            for phrase in audit["palabras_prohibidas"]:
                said[phrase] += 1
                calls[phrase].add(item["id"])
        rows = self.rows("phrases")
        self.assertEqual({row["phrase"]: (row["audits"], row["calls"]) for row in rows},
                         {phrase: (count, len(calls[phrase])) for phrase, count in said.items()})
        self.assertEqual([row["audits"] for row in rows], sorted(said.values(), reverse=True))
        for row in rows:
            self.assertEqual(row["of_calls"], len({item["id"] for item, _, _ in self.scored()}))
            self.assert_share(row, "calls", row["calls"], row["of_calls"])

    def test_the_review_list_shows_each_call_its_own_words(self):
        rows = self.rows("review", "&limit=500")
        wanted = [each for each in self.scored() if each[2]["needs_review"]]
        self.assertEqual({row["conversation"] for row in rows}, {item["id"] for item, _, _ in wanted})
        self.assertEqual([row["quality_score"] for row in rows], sorted(audit["quality_score"] for _, _, audit in wanted))
        for row in rows:
            item = self.by_id[row["conversation"]]
            self.assertEqual(row["call_sid"], item["external_id"])
            spoken = " ".join(each["text"] for each in item["transcript"]["segments"])
            self.assertEqual(row["preview"], spoken if len(spoken) <= 200 else spoken[:200] + "…")
            audit, = item["audits"]
            self.assertEqual(row["review_reasons"], audit["review_reasons"])
        self.assertEqual(self.rows("review", "&limit=2"), rows[:2])

    def test_a_preview_is_masked(self):
        cdrid = new_id()
        self.accept(event(cdrid, dialtime="2026-03-05 10:00:00"))
        said = transcript(segment("agent", "No puedo. ¿Su DNI?", 0, 1000), segment("customer", "Mi DNI es 30123456.", 1500, 3000))
        self.assertEqual(self.put_transcript(cdrid, said).status, 201)
        self.wait(cdrid, "audited")
        days = ("--from", "2026-03-05", "--to", "2026-03-06", "--json")
        answer = self.server.get("/api/v1/reports/review?from=2026-03-05&to=2026-03-06", key=self.reader)
        for told in (answer.json(), json.loads(self.server.cli("report", "review", *days).stdout)):
            row, = told["items"]
            self.assertIn("[DNI]", row["preview"])
            self.assertNotIn("30123456", json.dumps(told))

    def test_the_trend_has_each_day(self):
        rows = self.rows("trend", "&min_n=1")
        self.assertEqual([row["day"] for row in rows], ["2026-02-10", "2026-02-11"])
        for row in rows:
            of_day = [each for each in self.scored() if each[0]["day"] == row["day"]]
            calls = {item["id"]: item["duration_s"] for item, _, _ in of_day}
            self.assertEqual((row["n"], row["calls"]), (len(of_day), len(calls)))
            self.assertAlmostEqual(row["mean_score"],
                                   statistics.fmean(audit["quality_score"] for _, _, audit in of_day), delta=0.0051)
            self.assertAlmostEqual(row["mean_minutes"], statistics.fmean(calls.values()) / 60, delta=0.0051)
            self.assertAlmostEqual(row["mean_sentiment"],
                                   statistics.fmean(audit["sentiment_score"] for _, _, audit in of_day), delta=0.00051)
            self.assertEqual(row["review"], sum(audit["needs_review"] for _, _, audit in of_day))
        page = self.report("trend", "&min_n=1&format=html").text
        self.assertEqual(page.count("<circle"), 2)
        self.assertIn("<desc", page)
        self.assertIsNone(self.rows("trend")[1]["mean_score"], "one call is few")
        month = self.server.get("/api/v1/reports/trend?to=2026-02-12", key=self.reader).json()
        self.assertEqual((month["from"], len(month["items"])), ("2026-01-13", 30))

    def test_the_export_has_a_line_for_each_audit(self):
        rows = {row["conversation"]: row for row in self.rows("executive")}
        self.assertEqual(len(rows), len(self.scored()))
        for item, part, audit in self.scored():
            row = rows[item["id"]]
            self.assertEqual((row["day"], row["quality_score"], row["needs_review"], row["saludo_correcto"],
                              row["palabras_prohibidas"], row["sentiment_score"]),
                             (item["day"], audit["quality_score"], audit["needs_review"], audit["saludo_correcto"],
                              audit["palabras_prohibidas"], audit["sentiment_score"]))
            self.assertAlmostEqual(row["minutes"], item["duration_s"] / 60, delta=0.0051)
            self.assertEqual(row["phone"], PHONE[:3] + "***" + PHONE[-2:])
            self.assertEqual(row["agent"], part["id"] if part["state"] == "mapped" else None)

    def test_the_pages_of_an_export_are_the_whole(self):
        whole, found, after = self.rows("executive"), [], ""
        while after is not None:
            answer = self.report("executive", f"&limit=4&after={after}")
            found += answer.json()["items"]
            after = answer.json()["next"]
            self.assertEqual(answer.headers.get("oidor-next"), after)
        self.assertEqual(found, whole)

    def test_no_phone_leaves_whole(self):
        digits = re.compile(rb"\d{6,}")
        for kind in KINDS:
            for form in ("json", "csv", "html", "text"):
                for said in (self.report(kind, f"&format={form}").body,
                             self.server.cli("report", kind, *DAY_WORDS, "--format", form).stdout):
                    self.assertNotIn(PHONE[4:].encode(), said, (kind, form))
                    if kind == "executive" and form == "csv":
                        for line in csv.DictReader(io.StringIO(said.decode())):
                            self.assertFalse(digits.search((line["phone"] or "").encode()), line)

    def test_csv_is_safe_and_says_the_same(self):
        for kind in KINDS:
            items = self.rows(kind, "" if kind in ("review", "executive") else "&by=agent")
            answer = self.report(kind, "&format=csv" + ("" if kind in ("review", "executive") else "&by=agent"))
            self.assertTrue(answer.headers["content-type"].startswith("text/csv"))
            self.assertIn("attachment", answer.headers["content-disposition"])
            lines = [line for line in csv.DictReader(io.StringIO(answer.text)) if line["row"] == "figure"]
            self.assertEqual(len(lines), len(items))
            for line, item in zip(lines, items):
                for name, value in item.items():
                    if isinstance(value, (int, float)) and not isinstance(value, bool):
                        self.assertEqual(float(line[name]), value, (kind, name))
                if item.get("agent_name") == "=Ana":
                    self.assertEqual(line["agent_name"], "'=Ana")
                self.assertFalse(any(cell.startswith(("=", "+", "@")) for cell in line.values() if cell), line)
        self.assertIn("'=Ana", self.report("executive", "&format=csv").text)

    def test_html_runs_nothing_and_speaks_the_language(self):
        for kind in KINDS:
            answer = self.report(kind, "&format=html")
            self.assertIn("default-src 'none'", answer.headers["content-security-policy"])
            self.assertNotIn("<script", answer.text)
            self.assertIn('<html lang="es">', answer.text)
            self.assertIn('<html lang="en">', self.report(kind, "&format=html&language=en").text)
        self.assertIn("=Ana", self.report("categories", "&by=agent&format=html&min_n=1").text)
        by_header = self.report("categories", headers={"Accept": "text/html,*/*;q=0.8"})
        self.assertTrue(by_header.headers["content-type"].startswith("text/html"))
        self.assertTrue(self.report("categories", headers={"Accept": "text/csv"}).text.startswith("row,count,"))

    def test_the_command_line_says_what_the_api_says(self):
        for kind in KINDS:
            for words, query in (((), ""), (("--campaign", "1"), "&campaign=1"), (("--agent", "300"), "&agent=300"),
                                 (("--scorecard", "general-es@1"), "&scorecard=general-es@1")):
                done = self.server.cli("report", kind, *DAY_WORDS, *words, "--format", "json")
                self.assertEqual(done.returncode, 0, done.stderr)
                told, answered = json.loads(done.stdout), self.report(kind, query).json()
                told.pop("at"), answered.pop("at")
                self.assertEqual(told, answered)
        shown = self.server.cli("report", "categories", *DAY_WORDS, "--by", "agent").stdout.decode()
        self.assertIn("Lucía", shown)
        self.assertIn("pocas", shown)
        self.assertIn("Contadas aparte", shown)
        english = self.server.cli("report", "categories", *DAY_WORDS, "--ui-language", "en").stdout.decode()
        self.assertIn("Counted apart", english)

    def test_filters_hold_figures_to_one_campaign_agent_or_scorecard(self):
        one = self.report("categories", "&campaign=1").json()
        self.assertEqual(one["counts"]["figures"], len(self.groups("campaign")["1"]))
        self.assertEqual(self.report("categories", "&agent=300").json()["counts"]["figures"],
                         len(self.groups("agent")["300"]))
        theirs = self.report("categories", "&agent=301").json()["counts"]
        self.assertEqual((theirs["figures"], theirs["agents_defaulted"]), (2, 1))
        other = self.report("categories", "&scorecard=classic-es").json()
        self.assertEqual((other["items"], other["counts"]["figures"]), ([], 0))
        self.assertGreater(other["counts"]["other_scorecards"], 0)

    def test_a_limited_key_sees_its_campaigns_only(self):
        limited = self.server.create_key("audits:read", "content:read", campaigns=("1",))
        whole = [each for each in self.scored() if each[0]["campaign"]["id"] == "1"]
        for kind in KINDS:
            told = self.report(kind, key=limited).json()
            self.assertEqual(told["counts"]["figures"], len(whole), kind)
            self.assertEqual(self.report(kind, "&campaign=2", key=limited).json()["items"], [], kind)

    def test_people_open_reports_from_the_day(self):
        signed_in = self.server.post("/sign-in", "key=" + self.reader,
                                     headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assertIn(signed_in.status, (302, 303))
        cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
        day = self.server.get("/?day=2026-02-11", headers=cookie)
        links = re.findall(r'href="(/quality/[^"]+)"', day.text)
        self.assertEqual([link.partition("?")[0] for link in links], [f"/quality/{kind}" for kind in KINDS])
        for link in links:
            page = self.server.get(link, headers=cookie)
            self.assertEqual(page.status, 200, link)
            self.assertTrue(page.headers["content-type"].startswith("text/html"))
            self.assertIn("2026-02-12", page.text)
        self.assertNotIn("<table", self.server.get(links[0]).text, "without a session it is the sign-in form")
        self.assertEqual(self.server.get("/quality/sales", headers=cookie).status, 404)

    def test_what_people_said_needs_its_scope(self):
        key = self.server.create_key("audits:read")
        rows = self.report("review", key=key).json()["items"]
        self.assertTrue(rows)
        self.assertEqual({row["preview"] for row in rows}, {None})
        self.assertEqual({json.dumps(row["palabras_prohibidas"]) for row in self.report("executive", key=key).json()["items"]},
                         {"null"})

    def test_a_question_that_cannot_be_answered_is_refused_with_words(self):
        self.assert_problem(self.server.get("/api/v1/reports/trend"), 401)
        self.assert_problem(self.server.get("/api/v1/reports/trend", key=self.server.create_key("recordings:listen")), 403)
        self.assert_problem(self.server.get("/api/v1/reports/sales", key=self.reader), 404)
        for kind, query, words in (("trend", "from=ayer", "from: expected a day"),
                                   ("trend", "from=2024-01-01&to=2026-01-01", "366 days"),
                                   ("trend", "by=team", "by: expected"), ("review", "by=agent", "it is not split"),
                                   ("trend", "min_n=0", "min_n"), ("review", "limit=501", "limit"),
                                   ("executive", "after=x", "after"), ("trend", "format=pdf", "format: expected"),
                                   ("trend", "language=fr", "language: expected"), ("trend", "scorecard=a@b", "scorecard")):
            with self.subTest(query=query):
                answer = self.server.get(f"/api/v1/reports/{kind}?{query}", key=self.reader)
                self.assert_problem(answer, 400)
                self.assertIn(words, answer.json()["detail"])
        for words in (("report",), ("report", "sales"), ("report", "trend", "--by", "team"),
                      ("report", "trend", "--format", "pdf"), ("report", "trend", "--from", "x")):
            done = self.server.cli(*words)
            self.assertEqual((done.returncode, done.stdout), (2, b""), words)

    def test_the_answers_keep_their_schema(self):
        import jsonschema
        document = self.server.get("/openapi.json").json()
        for kind in KINDS:
            self.assertIn(f"/api/v1/reports/{kind}", document["paths"])
            jsonschema.Draft202012Validator({"$ref": "#/components/schemas/QualityReport",
                                             "components": document["components"]}).validate(self.report(kind).json())

    def test_the_guides_commands_work_and_are_the_same_in_both_languages(self):
        commands = {language: re.findall(r"^(?:oidor report|curl) .*$", path.read_text("utf-8"), re.MULTILINE)
                    for language, path in GUIDES.items()}
        self.assertEqual(commands["es"], commands["en"])
        self.assertGreater(len(commands["es"]), 6)
        for command in commands["es"]:
            with self.subTest(command=command):
                if command.startswith("curl"):
                    path = re.search(r"127\.0\.0\.1:8080(/[^'\"]+)", command).group(1)
                    self.assertEqual(self.server.get(path, key=self.reader).status, 200)
                else:
                    words = shlex.split(command.partition(" > ")[0])[1:]
                    done = self.server.cli(*words)
                    self.assertEqual(done.returncode, 0, done.stderr)
                    self.assertTrue(done.stdout)
        columns = {row for kind in KINDS for row in (self.rows(kind) or [{}])[0]}
        for language, path in GUIDES.items():
            text = path.read_text("utf-8")
            for column in columns:
                self.assertIn(f"`{column}`", text, language)


if __name__ == "__main__":
    unittest.main()
