"""No personal identifier leaves by any exit unless somebody who may see it asks, and that is written down: planted in a
transcript and a webhook, looked for in every answer, page, file and command."""

import contextlib
import json
import re
import sqlite3
import struct
import unittest
import urllib.parse

import fuzz
import harness
from test_guides import BLOCK, Reader
from test_sinks import SinkCase
from test_models import KEY, MODEL, Simulator, guide_scorecard, model_env
from webhook_case import WebhookCase, event, new_id

# What somebody says, and what of it would betray them (looked for without spaces, dots and dashes, in lower case).
PLANTED = {
    "card": ("mi tarjeta es 4111 1111 1111 1111", ["4111111111111111", "11111111"]),
    "spoken card": ("la otra es cinco cinco cero cero, cero cero cero cero, cinco cinco cinco cinco, cinco cinco cinco "
                    "nueve", ["cincocincocerocero", "cincocincocinconueve"]),
    "cbu": ("el CBU es 2850590940090418135201", ["2850590940090418135201"]),
    "clabe": ("la CLABE 032180000118359719", ["032180000118359719"]),
    "cuit": ("el CUIT 33-69345023-9", ["33693450239", "69345023"]),
    "dni": ("mi DNI es 30.123.456", ["30123456"]),
    "rut": ("mi RUT es 12.345.678-5", ["123456785", "12345678"]),
    "curp": ("CURP HEGG560427MVZRRL04", ["hegg560427"]),
    "rfc": ("RFC GODE561231GR8", ["gode561231"]),
    "cpf": ("meu CPF é 529.982.247-25", ["52998224725"]),
    "cnpj": ("o CNPJ 11.222.333/0001-81", ["11222333"]),
    "ruc": ("el RUC 20131312955", ["20131312955"]),
    "cedula": ("mi cédula es 1710034065", ["1710034065"]),
    "email": ("escríbame a zoraida.testigo@example.com", ["zoraida", "testigo@"]),
    "spoken email": ("o a eleuterio punto testigo arroba gmail punto com", ["eleuterio"]),
    "phone": ("llámeme al 11 6795-1183 o al +54 9 11 4321-0055", ["67951183", "43210055"]),
    "dictated": ("los primeros son cuatro nueve uno seis", ["cuatronueveunoseis"]),
    "dictated on": ("seis uno dos cero cero cinco ocho siete", ["seisunodos"]),
    "dictated end": ("cinco cero siete dos", ["cincocerosietedos"]),
}
GREETING = "Buenos días, le habla Lucía, ¿en qué puedo ayudarle?"


def planted_transcript():
    segments = [{"start_ms": 0, "end_ms": 1000, "speaker": "agent", "text": GREETING}]
    for index, (said, _) in enumerate(PLANTED.values()):
        start = 1000 + index * 1000
        segments.append({"start_ms": start, "end_ms": start + 900, "speaker": "customer", "text": said, "words": [
            {"start_ms": start, "end_ms": start + 900, "text": said}]})
    segments.append({"start_ms": 100000, "end_ms": 101000, "speaker": "agent",
                     "text": "No puedo anotar la tarjeta 4111 1111 1111 1111. Hasta luego."})
    return {"language": "es", "duration_s": 300, "segments": segments}


def plain(text):
    """As somebody would put it together again."""
    return re.sub(r"[\s.,\-/()]|\\u00a0|&nbsp;|%20|\+", "", text.lower())


def betrayed(text):
    found = plain(text if isinstance(text, str) else text.decode("utf-8", "replace"))
    return sorted({f"{kind}: {mark}" for kind, (_, marks) in PLANTED.items() for mark in marks if mark in found})


class Exits(SinkCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plain_reader = cls.server.create_key("audits:read", "content:read", "recordings:listen", name="lee")
        cls.unmasker = cls.server.create_key("audits:read", "content:read", "content:unmask", "recordings:listen",
                                             name="destapa")
        case = cls()
        cls.cdrid = new_id()
        url = cls.files.put(f"/{cls.cdrid}.wav", (200, "audio/wav", tone_of(3)))
        case.accept(event(cls.cdrid, wasrecorded="true", audio_file_wav=url, custom1="zoraida.testigo@example.com",
                          custom2="mi DNI es 30.123.456"))
        assert case.put_transcript(cls.cdrid, planted_transcript()).status in (200, 201)
        cls.item = case.wait(cls.cdrid, "audited")
        cls.recording = case.wait_recording(cls.cdrid, "stored")

    def page(self, path, key):
        form = urllib.parse.urlencode({"key": key})
        signed_in = self.server.post("/sign-in", form, headers={"Content-Type": "application/x-www-form-urlencoded"})
        self.assertEqual(signed_in.status, 303, signed_in)
        cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
        return self.server.get(path, headers=cookie)

    def unmaskings(self):
        with contextlib.closing(sqlite3.connect(self.server.data / "oidor.db", timeout=20)) as database:
            return database.execute("SELECT subject, status FROM access_log WHERE action = 'unmask'").fetchall()

    def test_every_route_of_the_api_is_masked(self):
        paths = self.server.get("/openapi.json").json()["paths"]
        asked = 0
        for pattern, methods in paths.items():
            path = pattern.replace("{id}", self.recording["id"] if "recordings" in pattern else self.item["id"])
            if "get" not in methods or "audio" in path or "{" in path:
                continue
            for key in (self.plain_reader, self.unmasker, self.reader):
                for query in ("", "?limit=500", "?from=2026-02-10&to=2026-02-11", "?unmask=false", "?unmask=1",
                              "?from=2026-02-10&to=2026-02-11&format=csv", "?from=2026-02-10&to=2026-02-11&format=html"):
                    answer = self.server.get(path + query, key=key)
                    self.assertEqual(betrayed(answer.text), [], f"{path}{query} {answer.status}")
                    asked += answer.status == 200
        self.assertGreater(asked, 50)

    def test_reports_are_masked_in_every_form(self):
        days = "from=2026-01-01&to=2026-12-31"
        told = 0
        for kind in ("categories", "protocol", "phrases", "review", "trend", "executive"):
            for form in ("json", "csv", "html", "text"):
                answer = self.server.get(f"/api/v1/reports/{kind}?{days}&format={form}", key=self.plain_reader)
                self.assertEqual((answer.status, betrayed(answer.text)), (200, []), f"{kind} {form}")
                told += GREETING[:12] in answer.text
        for kind in ("phrases", "review"):
            page = self.page(f"/quality/{kind}?{days}", self.plain_reader)
            self.assertEqual((page.status, betrayed(page.text)), (200, []), kind)
        self.assertGreater(told, 0, "the beginnings of calls are among them")

    def test_the_servers_log_says_nothing_of_them(self):
        self.server.get(f"/api/v1/conversations/{self.item['id']}?unmask=true", key=self.unmasker)
        lines = list(self.server.log)
        self.assertGreater(len(lines), 5)
        for line in lines:
            self.assertEqual(betrayed(line), [], line)

    def test_a_masked_conversation_keeps_its_shape(self):
        whole = self.whole(self.item, key=self.plain_reader)
        segments = whole["transcript"]["segments"]
        self.assertEqual(len(segments), len(PLANTED) + 2)
        self.assertEqual(segments[0]["text"], GREETING)
        self.assertEqual(segments[1]["text"], "mi tarjeta es [tarjeta]")
        self.assertEqual(segments[1]["words"][0]["text"], "[tarjeta]")
        original = self.server.get(f"/api/v1/conversations/{self.item['id']}?unmask=true", key=self.unmasker).json()
        self.assertEqual(original["transcript"]["segments"], planted_with_defaults(original))
        self.assertEqual(whole["transcript"]["sha256"], original["transcript"]["sha256"])
        self.assertEqual([audit["receipt"] for audit in whole["audits"]],
                         [audit["receipt"] for audit in original["audits"]])

    def test_the_page_is_masked(self):
        for key in (self.plain_reader, self.unmasker):
            for path in ("/", f"/conversations/{self.item['id']}"):
                answer = self.page(path, key)
                self.assertEqual((answer.status, betrayed(answer.text)), (200, []), path)
        self.assertIn("?unmask=true", answer.text)
        self.assertIn("[tarjeta]", answer.text)
        shown = self.page(f"/conversations/{self.item['id']}?unmask=true", self.unmasker)
        self.assertIn("4111 1111 1111 1111", shown.text)
        self.assertIn(f"/recordings/{self.recording['id']}/audio?unmask=true", shown.text)
        refused = self.page(f"/conversations/{self.item['id']}?unmask=true", self.plain_reader)
        self.assertEqual((refused.status, betrayed(refused.text)), (403, []))

    def test_files_are_masked(self):
        self.wait_delivered()
        read = 0
        for path in self.folder.rglob("*"):
            if path.is_file():
                content = path.read_bytes()
                self.assertEqual(betrayed(content), [], path.name)
                read += b"[tarjeta]" in content
        self.assertGreater(read, 0, "the transcript is among the files")

    def test_showing_needs_a_scope_and_leaves_a_line(self):
        exits = (f"/api/v1/conversations/{self.item['id']}", f"/tasks/{self.item['id']}",
                 f"/api/v1/recordings/{self.recording['id']}/audio", f"/tasks/{self.item['id']}/audio")
        for path in exits:
            before = self.unmaskings()
            self.assertEqual(self.server.get(path + "?unmask=true", key=self.plain_reader).status, 403, path)
            self.assertEqual(self.server.get(path + "?unmask=true", key=self.unmasker).status, 200, path)
            new = self.unmaskings()[len(before):]
            self.assertEqual(new, [(path, 403), (path, 200)])
            self.server.get(path, key=self.unmasker)
            self.assertEqual(len(self.unmaskings()), len(before) + 2, "a masked look is no unmasking")
        shown = self.server.get(exits[1] + "?unmask=true", key=self.unmasker).text
        self.assertEqual(len({line.partition(":")[0] for line in betrayed(shown)}), len(PLANTED))

    def test_what_is_said_is_a_tone_in_the_audio(self):
        path = f"/api/v1/recordings/{self.recording['id']}/audio"
        original = self.server.get(path + "?unmask=true", key=self.unmasker).body
        self.assertEqual(original, tone_of(3))
        answer = self.server.get(path, key=self.plain_reader)
        self.assertEqual((answer.status, answer.headers["content-type"]), (200, "audio/wav"))
        self.assertEqual(len(answer.body), len(original))
        before, after = samples_of(original), samples_of(answer.body)
        greeting = range(200, 7000)  # The first second, less the margin.
        self.assertLess(max(abs(before[i] - after[i]) for i in greeting), 3)
        said = range(8800, 14000)
        self.assertGreater(sum(abs(before[i] - after[i]) for i in said) / len(said), 1000)
        self.assertLess(max(abs(after[i]) for i in said), 4000, "nothing but the tone")
        part = self.server.get(path, key=self.plain_reader, headers={"Range": "bytes=0-99"})
        self.assertEqual((part.status, part.body), (206, answer.body[:100]))
        task = self.server.get(f"/tasks/{self.item['id']}/audio", key=self.plain_reader)
        self.assertEqual(task.body, answer.body)

    def test_audio_without_identifiers_is_the_original(self):
        cdrid = new_id()
        audio = tone_of(1)
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", audio))
        self.accept(event(cdrid, wasrecorded="true", audio_file_wav=url))
        self.assertIn(self.put_transcript(cdrid).status, (200, 201))
        recording = self.wait_recording(cdrid, "stored")
        answer = self.server.get(f"/api/v1/recordings/{recording['id']}/audio", key=self.plain_reader)
        self.assertEqual(answer.body, audio)


class ModelExits(WebhookCase):
    """What goes to a model, and what comes of it."""

    @classmethod
    def setUpClass(cls):
        cls.sim = Simulator(key=KEY, models=(MODEL,)).__enter__()
        cls.addClassCleanup(cls.sim.__exit__)
        cls.more_env = model_env(cls.sim, OIDOR_MODELS_FIELDS="true")
        super().setUpClass()
        path = cls.server.data / "soporte.toml"
        path.write_text(guide_scorecard(), encoding="utf-8")
        for words in (("scorecard", "publish", str(path)), ("scorecard", "bind", "soporte-es", "--campaign", "1")):
            done = cls.server.cli(*words)
            assert done.returncode == 0, done

    def test_the_model_its_answers_and_the_predecessors_routes_are_masked(self):
        cdrid = new_id()
        self.accept(event(cdrid, custom2="mi DNI es 30.123.456"))
        self.assertIn(self.put_transcript(cdrid, planted_transcript()).status, (200, 201))
        item = self.wait(cdrid, "audited")
        answers = [self.server.post(f"/tasks/{item['id']}/chat", {"question": "¿Qué tarjeta dijo?"}, key=self.reader),
                   self.server.get(f"/tasks/{item['id']}/chat", key=self.reader),
                   self.server.get(f"/tags/{item['id']}", key=self.reader),
                   self.server.get(f"/agent-identification/{item['id']}", key=self.reader),
                   self.server.get(f"/api/v1/conversations/{item['id']}/answers", key=self.reader),
                   self.server.post("/audit/generate", {"task_uuid": item["id"], "is_call": True}, key=self.reader)]
        for answer in answers:
            self.assertEqual((answer.status, betrayed(answer.text)), (200, []), answer)
        self.assertGreaterEqual(len(self.sim.asked), 2)
        sent = json.dumps(self.sim.asked, ensure_ascii=False)
        self.assertEqual(betrayed(sent), [])
        self.assertIn("[tarjeta]", sent)
        for line in list(self.server.log):
            self.assertEqual(betrayed(line), [], line)


def planted_with_defaults(answer):
    """The planted segments, as the store gives them back."""
    given = planted_transcript()["segments"]
    for segment, stored in zip(given, answer["transcript"]["segments"], strict=True):
        for name, value in stored.items():
            segment.setdefault(name, value)
    return given


def tone_of(seconds):
    """A loud square wave of 100 Hz: 8 kHz, one channel, 16 bit."""
    samples = b"".join(struct.pack("<h", 9000 if i // 40 % 2 else -9000) for i in range(8000 * seconds))
    return fuzz.wav(1, 8000, samples, bits=16)


def samples_of(audio):
    data = audio[44:]
    return struct.unpack(f"<{len(data) // 2}h", data)


class CommandLine(unittest.TestCase):
    def run_redact(self, value, *options):
        done = harness.run_program("redact", "--json", *options, "-", stdin=json.dumps(value).encode())
        self.assertEqual(done.returncode, 0, done)
        return harness.json_lines(done.stdout)[0]

    def test_spans_are_bytes_of_the_segments(self):
        told = self.run_redact(planted_transcript(), "--country", "AR")
        texts = [segment["text"].encode() for segment in planted_transcript()["segments"]]
        kinds = set()
        for span in told["spans"]:
            part = texts[span["segment"]][span["begin"]:span["end"]].decode()
            self.assertTrue(part.strip(), span)
            self.assertIn(span["sure"], ("certain", "likely", "possible"))
            kinds.add(span["kind"])
        self.assertLessEqual({"card", "cbu", "clabe", "cuit", "dni_ar", "rut", "curp", "rfc", "cpf", "cnpj", "email",
                              "phone"}, kinds)
        numbers = {span["number"] for span in told["spans"] if span["segment"] in (17, 18, 19)}
        self.assertEqual(len(numbers), 1, "a number that was dictated in three pieces is one")
        self.assertEqual(betrayed(json.dumps(told["transcript"], ensure_ascii=False)), [])

    def test_as_text_it_prints_the_dialogue(self):
        done = harness.run_program("redact", "-", "--ui-language", "es", stdin=json.dumps(planted_transcript()).encode())
        self.assertEqual(done.returncode, 0, done)
        lines = done.stdout.decode().splitlines()
        self.assertEqual(lines[:2], [f"Agente: {GREETING}", "Cliente: mi tarjeta es [tarjeta]"])
        self.assertEqual(len(lines), len(PLANTED) + 2)

    def test_what_cannot_be_read_is_told(self):
        done = harness.run_program("redact", "--json", "-", stdin=b"{")
        self.assertEqual((done.returncode, harness.json_lines(done.stdout)[0]["error"]["code"]), (2, "Invalid"))
        done = harness.run_program("redact", "--country", "Argentina", "-", stdin=b"{}")
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(harness.run_program("redact").returncode, 2)

    def test_an_audit_of_ones_own_file_is_masked_when_asked(self):
        given = json.dumps(planted_transcript()).encode()
        shown = harness.json_lines(harness.run_program("audit", "--json", "-", stdin=given).stdout)[0]
        masked = harness.json_lines(harness.run_program("audit", "--json", "--redact", "-", stdin=given).stdout)[0]
        self.assertEqual(masked["receipt"], shown["receipt"])
        self.assertEqual(masked["quality_score_exact"], shown["quality_score_exact"])
        self.assertEqual(betrayed(json.dumps(masked, ensure_ascii=False)), [])


class Guide(unittest.TestCase):
    def test_its_example_prints_what_it_says(self):
        for name in ("redaction.md", "redaction.es.md"):
            text = (harness.ROOT / "docs/guide" / name).read_text("utf-8")
            blocks = [(kind, body) for kind, body in BLOCK.findall(text) if kind in ("sh", "text")]
            self.assertEqual([kind for kind, _ in blocks], ["sh", "text"])
            reader = Reader(self, "es")
            self.assertEqual(reader.run(blocks[0][1]), blocks[1][1], name)


class TheScanItself(unittest.TestCase):
    def test_it_sees_what_is_not_masked(self):
        for kind, (said, _) in PLANTED.items():
            self.assertTrue(betrayed(said), kind)
        self.assertTrue(betrayed(b"tarjeta 4111111111111111"))
        self.assertEqual(betrayed("mi tarjeta es [tarjeta], +54***55"), [])


def load_tests(loader, _tests, _pattern):
    """What is imported from elsewhere is tested there."""
    suite = unittest.TestSuite()
    for case in (TheScanItself, CommandLine, Guide, Exits):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
