"""The corpus of redaction is right in itself, and `oidor redact` finds what a bounded part of it holds."""

import json
import pathlib
import random
import re
import subprocess
import sys
import tempfile
import unittest

import harness
import redaction_corpus
import redaction_measure
import redaction_numbers as numbers
import redaction_words

sys.path.insert(0, str(harness.ROOT / "scripts"))

import measure_redaction  # noqa: E402

# What the program must reach on the bounded part.
WRITTEN_RECALL_MIN = 0.95
WRITTEN_PRECISION_MIN = 0.90
SPOKEN_RECALL_MIN = 0.80  # Of all that is not written in one piece.
ITEMS, SEED = 200, "bounded"

CONTEXT = re.compile(r"\bd\.?n\.?i\b|documento|c[ée]dula|\bc\.?c\b", re.IGNORECASE)


def item_of(text, *spans, negatives=()):
    """One segment; spans and negatives are stretches of its text."""
    def place(part):
        begin = text.encode().index(part.encode())
        return {"segment": 0, "begin": begin, "end": begin + len(part.encode())}
    known = [{**place(part), "kind": "dni_ar", "number": number, "form": "written",
              "carries": [[place(part)["begin"], place(part)["end"]]]} for number, part in enumerate(spans)]
    return {"id": "0", "country": "AR",
            "transcript": {"language": "es", "segments": [{"speaker": "agent", "text": text}]},
            "spans": known, "negatives": [{**place(part), "what": "price"} for part in negatives]}


def sliced(item, span):
    return item["transcript"]["segments"][span["segment"]]["text"].encode()[span["begin"]:span["end"]].decode("utf-8")


def carried(item, span):
    """The texts that give the identifier away."""
    return [sliced(item, {**span, "begin": begin, "end": end}) for begin, end in span["carries"]]


class CheckDigits(unittest.TestCase):
    """Numbers that banks, tax offices and handbooks print as examples."""

    def test_cards(self):
        for number in ("4111111111111111", "5555555555554444", "378282246310005", "30569309025904", "6011111111111117",
                       "3530111333300000", "4222222222222"):
            self.assertEqual(numbers.luhn_digit(number[:-1]), number[-1], number)

    def test_accounts(self):
        self.assertEqual(numbers.cbu_digits("2850590", "4009041813520"), ("9", "1"))  # 2850590940090418135201
        self.assertEqual(numbers.cbu_digits("0000003", "0" * 12 + "1")[0], "1")       # 00000031…: a CVU
        for number in ("002010077777777771", "032180000118359719"):
            self.assertEqual(numbers.clabe_digit(number[:-1]), number[-1], number)

    def test_argentina_and_chile(self):
        for number in ("20123456786", "33693450239", "20055361682"):
            self.assertEqual(numbers.cuit_digit(number[:-1]), number[-1], number)
        for body, check in (("12345678", "5"), ("30686957", "4"), ("11111111", "1"), ("12531909", "2")):
            self.assertEqual(numbers.rut_digit(body), check, body)
        self.assertIn("K", {numbers.rut_digit(str(body)) for body in range(10_000_000, 10_000_030)})

    def test_mexico(self):
        for number in ("HEGG560427MVZRRL04", "BOXW310820HNERXN09"):
            self.assertEqual(numbers.curp_digit(number[:-1]), number[-1], number)
        for number in ("GODE561231GR8", "SAT970701NN3", "MAB9307148T4"):
            self.assertEqual(numbers.rfc_digit(number[:-1]), number[-1], number)

    def test_ecuador_and_uruguay(self):
        for number in ("1714307103", "1710034065"):
            self.assertEqual(numbers.cedula_ec_digit(number[:-1]), number[-1], number)
        self.assertEqual(numbers.ruc_ec_digit("179001167"), "4")  # 1790011674001
        self.assertEqual(numbers.ruc_ec_digit("179001691"), "9")  # 1790016919001
        self.assertEqual(numbers.ruc_ec_digit("17681525"), "6")   # 1768152560001
        self.assertEqual(numbers.cedula_uy_digit("1234567"), "2")

    def test_peru_and_paraguay(self):
        for number in ("20131312955", "20100047218", "20512333797"):
            self.assertEqual(numbers.ruc_pe_digit(number[:-1]), number[-1], number)
        for body, check in (("80028061", "0"), ("999160", "3"), ("2660", "3")):
            self.assertEqual(numbers.ruc_py_digit(body), check, body)

    def test_brazil(self):
        for number in ("39053344705", "52998224725", "11144477735"):
            self.assertEqual(numbers.cpf_digits(number[:-2]), number[-2:], number)
        for number in ("11222333000181", "16727230000197", "12ABC34501DE35"):
            self.assertEqual(numbers.cnpj_digits(number[:-2]), number[-2:], number)


TIMES = {"doble": 2, "triple": 3}


class Words(unittest.TestCase):
    def test_numbers_have_their_names(self):
        for value, name in ((0, "cero"), (21, "veintiuno"), (31, "treinta y uno"), (100, "cien"), (101, "ciento uno"),
                            (1000, "mil"), (21_000, "veintiún mil"), (1_000_000, "un millón"),
                            (31_131_001, "treinta y un millones ciento treinta y un mil uno"),
                            (1_032_000_789, "mil treinta y dos millones setecientos ochenta y nueve")):
            self.assertEqual(" ".join(redaction_words.number_words(value)), name)
        self.assertEqual(redaction_words.below_hundred(46, "pt"), "quarenta e seis")

    def test_what_is_said_can_be_taken_down(self):
        values = {redaction_words.below_thousand(value): str(value) for value in range(1000)}
        for seed in range(300):
            source = random.Random(seed)
            text = numbers.digits(source, source.randint(1, 9))
            heard = ""
            for word in redaction_words.say_digits(source, text, "es"):
                times, _, what = word.partition(" ")
                heard += values[what] * TIMES[times] if times in TIMES else values[word]
            self.assertEqual(heard, text)


def luhn_holds(text):
    return numbers.luhn_digit(text[:-1]) == text[-1]


def bare(text):
    return "".join(letter for letter in text if letter.isalnum()).upper()


# Whether a written identifier is one, from its letters and figures alone.
HOLDS = {
    "card": lambda text: 13 <= len(text) <= 19 and luhn_holds(text),
    "card_code": lambda text: re.fullmatch(r"\d{3,4}", text),
    "cbu": lambda text: len(text) == 22 and numbers.cbu_digits(text[:7], text[8:21]) == (text[7], text[21]),
    "clabe": lambda text: len(text) == 18 and numbers.clabe_digit(text[:-1]) == text[-1],
    "cuit": lambda text: len(text) == 11 and numbers.cuit_digit(text[:-1]) == text[-1],
    "dni_ar": lambda text: re.fullmatch(r"\d{7,8}", text), "dni_pe": lambda text: re.fullmatch(r"\d{8}", text),
    "rut": lambda text: len(text) in (8, 9) and numbers.rut_digit(text[:-1]) == text[-1],
    "curp": lambda text: len(text) == 18 and numbers.curp_digit(text[:-1]) == text[-1],
    "rfc": lambda text: len(text) in (12, 13) and numbers.rfc_digit(text[:-1]) == text[-1],
    "cedula_co": lambda text: re.fullmatch(r"\d{6,10}", text),
    "cedula_ec": lambda text: len(text) == 10 and numbers.cedula_ec_digit(text[:-1]) == text[-1],
    "cedula_uy": lambda text: len(text) == 8 and numbers.cedula_uy_digit(text[:-1]) == text[-1],
    "ruc_ec": lambda text: re.fullmatch(r"\d{10}0\d1", text),
    "ruc_pe": lambda text: len(text) == 11 and numbers.ruc_pe_digit(text[:-1]) == text[-1],
    "ruc_py": lambda text: 7 <= len(text) <= 9 and numbers.ruc_py_digit(text[:-1]) == text[-1],
    "cpf": lambda text: len(text) == 11 and numbers.cpf_digits(text[:-2]) == text[-2:],
    "cnpj": lambda text: len(text) == 14 and numbers.cnpj_digits(text[:-2]) == text[-2:],
    "phone": lambda text: re.fullmatch(r"\d{7,14}", text),
    "email": lambda text: re.fullmatch(r"[A-Z0-9]{8,}", text),
}


class Corpus(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.items = redaction_corpus.generate(600, "self-test")

    def test_the_same_seed_gives_the_same_bytes(self):
        with tempfile.TemporaryDirectory() as folder:
            paths = [pathlib.Path(folder) / name for name in "abc"]
            for path, seed in zip(paths, ("7", "7", "8")):
                subprocess.run([sys.executable, harness.ROOT / "tests/redaction_corpus.py", "--count", "40",
                                "--seed", seed, "--out", path], check=True, timeout=60)
            first, again, other = (path.read_bytes() for path in paths)
        self.assertEqual(first, again)
        self.assertNotEqual(first, other)
        self.assertEqual(len(harness.json_lines(first)), 40)

    def test_every_kind_comes_in_every_form(self):
        seen = {(span["kind"], span["form"]) for item in self.items for span in item["spans"]}
        short = redaction_corpus.SHORT
        wanted = {(kind, form) for kind in redaction_corpus.KINDS for form in redaction_corpus.FORMS
                  if kind not in short or form in ("written", "spoken")}
        self.assertEqual(seen, wanted)

    def test_a_written_span_is_the_identifier(self):
        written = [(item, span) for item in self.items for span in item["spans"] if span["form"] == "written"]
        self.assertGreater(len(written), 200)
        for item, span in written:
            text = sliced(item, span)
            self.assertTrue(HOLDS[span["kind"]](bare(text)), (span["kind"], text))
            if span["kind"] == "email":
                self.assertRegex(text, r"^[a-z0-9._-]+@[a-z0-9]+(\.[a-z]+)+$")

    def test_a_span_begins_and_ends_with_what_carries_it(self):
        small_talk = {"eh", "este", "guion", "punto", "coma", "arroba", "espere", "mmm", "espacio", "ponto", "traço",
                      "medio", "bajo"}
        for item in self.items:
            for span in item["spans"]:
                self.assertEqual((span["begin"], span["end"]), (span["carries"][0][0], span["carries"][-1][1]))
                for word in carried(item, span):
                    self.assertTrue(word and word == word.strip(), (item["id"], word))
                    self.assertNotIn(word, small_talk)

    def test_spoken_figures_are_those_of_the_groups(self):
        """Every word that carries a spoken identifier is one of those that figures and letters have."""
        known = {word for value in range(1000) for word in redaction_words.below_thousand(value).split()}
        known |= {word for value in range(100) for word in redaction_words.below_hundred(value, "pt").split()}
        known |= {word for name in redaction_words.LETTER_NAMES.values() for word in name.split()}
        known |= set(redaction_words.LETTER_NAMES) | {"doble", "triple", "meia", "mil", "millón", "millones", "un",
                                                      "veintiún"}
        count = 0
        for item in self.items:
            for span in item["spans"]:
                if span["form"] == "spoken" and span["kind"] != "email":
                    words = " ".join(carried(item, span)).split()
                    self.assertEqual([word for word in words if word not in known], [], item["id"])
                    count += 1
        self.assertGreater(count, 50)

    def test_a_split_identifier_runs_over_segments_of_one_speaker(self):
        count = 0
        for item in self.items:
            parts = {}
            for span in item["spans"]:
                if span["form"] == "split":
                    parts.setdefault(span["number"], []).append(span["segment"])
            for places in parts.values():
                self.assertIn(len(places), (2, 3))
                self.assertEqual(places, list(range(places[0], places[-1] + 1, 2)))
                self.assertEqual(len({item["transcript"]["segments"][place]["speaker"] for place in places}), 1)
                count += 1
        self.assertGreater(count, 30)

    def test_what_needs_a_context_word_has_one(self):
        for item in self.items:
            texts = [segment["text"] for segment in item["transcript"]["segments"]]
            firsts = {}
            for span in item["spans"]:
                if span["kind"] in ("dni_ar", "dni_pe", "cedula_co"):
                    firsts.setdefault(span["number"], span["segment"])
            for first in firsts.values():
                self.assertRegex(" ".join(texts[max(0, first - 1):first + 1]), CONTEXT)

    def test_harmless_numbers_are_as_many_and_apart(self):
        identifiers = sum(len({span["number"] for span in item["spans"]}) for item in self.items)
        negatives = sum(len(item["negatives"]) for item in self.items)
        self.assertGreaterEqual(negatives, identifiers)
        for item in self.items:
            held = {span["segment"] for span in item["spans"]}
            for negative in item["negatives"]:
                self.assertNotIn(negative["segment"], held)
                self.assertTrue(sliced(item, negative).strip())
                if negative["what"] == "sixteen_digits":
                    self.assertFalse(luhn_holds(bare(sliced(item, negative))))

    def test_transcripts_are_in_order(self):
        for item in self.items:
            ends = 0
            for segment in item["transcript"]["segments"]:
                self.assertLessEqual(ends, segment["start_ms"])
                self.assertLess(segment["start_ms"], segment["end_ms"])
                self.assertIn(segment["speaker"], ("agent", "customer"))
                self.assertNotIn("{", segment["text"])
                ends = segment["end_ms"]


class Measure(unittest.TestCase):
    def test_wilson(self):
        share = redaction_corpus.measure([item_of("DNI 30.123.456", "30.123.456")], [[]])["recall"]["dni_ar"]["recall"]
        self.assertEqual(share["value"], 0)
        self.assertAlmostEqual(share["high"], 0.7935, 4)  # 0 of 1
        newcombe = redaction_measure.measured_share(81, 263)  # From Newcombe's comparison of 1998.
        self.assertAlmostEqual(newcombe["low"], 0.2553, 4)
        self.assertAlmostEqual(newcombe["high"], 0.3662, 4)
        self.assertIsNone(redaction_measure.measured_share(0, 0))

    def measured(self, *found):
        """A call with a DNI and a price, and what was found of it."""
        item = item_of("Sí, ñandú, 30.123.456 y pagué 4500 pesos", "30.123.456", negatives=("4500 pesos",))
        begin = item["spans"][0]["begin"]
        spans = [{"segment": 0, "begin": begin + first, "end": begin + last, "kind": kind}
                 for first, last, kind in found]
        return redaction_corpus.measure([item], [spans])

    def test_all_figures_must_be_covered(self):
        self.assertEqual(self.measured((0, 10, "dni_ar"))["recall"]["dni_ar"]["found"], 1)
        parts = self.measured((0, 2, "dni_ar"), (3, 6, "dni_ar"), (7, 10, "dni_ar"))
        self.assertEqual(parts["recall"]["dni_ar"]["found"], 1)
        short = self.measured((0, 9, "dni_ar"))
        self.assertEqual((short["recall"]["dni_ar"]["found"], short["recall"]["dni_ar"]["partly"]), (0, 1))
        self.assertEqual(short["misses"]["dni_ar"]["examples"][0]["text"], "Sí, ñandú, ⟦30.123.45⟧6 y pagué 4500 pesos")

    def test_another_kind_counts_as_found_and_is_told(self):
        other = self.measured((0, 10, "rut"))
        self.assertEqual((other["recall"]["dni_ar"]["found"], other["recall"]["dni_ar"]["other_kind"]), (1, 1))
        self.assertEqual(other["precision"]["rut"]["false_alarms"], 0)

    def test_a_false_alarm_touches_no_identifier(self):
        both = self.measured((0, 10, "dni_ar"), (20, 24, "card"))
        self.assertEqual((both["precision"][""]["spans"], both["precision"][""]["false_alarms"]), (2, 1))
        self.assertEqual(both["negatives"]["price"]["touched"], 1)
        self.assertEqual(both["alarms"]["price"]["examples"][0]["sort"], "card")

    def test_a_redactor_that_knows_all_and_one_that_knows_nothing(self):
        items = redaction_corpus.generate(80, "all")
        every = redaction_corpus.measure(items, [item["spans"] for item in items])
        self.assertEqual((every["recall"][""]["recall"]["value"], every["precision"][""]["precision"]["value"]), (1, 1))
        self.assertEqual((every["recall"][""]["other_kind"], every["negatives"][""]["touched"], every["misses"]),
                         (0, 0, {}))
        nothing = redaction_corpus.measure(items, [[] for _ in items])
        self.assertEqual(nothing["recall"][""]["found"], 0)
        whole = redaction_corpus.measure(items, [
            [{"segment": place, "begin": 0, "end": len(segment["text"].encode()), "kind": "card"}
             for place, segment in enumerate(item["transcript"]["segments"])] for item in items])
        self.assertEqual(whole["recall"][""]["recall"]["value"], 1)
        self.assertLess(whole["precision"][""]["precision"]["value"], 0.5)


# Stands in for the program: whatever has eight figures in a row is found.
STAND_IN = """#!{python}
import json, pathlib, re, sys
assert sys.argv[1] == "redact" and sys.argv[-1] == "--json", sys.argv
for path in sorted(pathlib.Path(sys.argv[2]).glob("*.json")):
    call = json.loads(path.read_text(encoding="utf-8"))
    spans = [{{"segment": place, "begin": match.start(), "end": match.end(), "kind": "card", "number": 0}}
             for place, segment in enumerate(call["segments"])
             for match in re.finditer(rb"[0-9]{{8,}}", segment["text"].encode())]
    print(json.dumps({{"input": str(path), "language": call["language"], "spans": spans, "transcript": call}}))
{more}
"""


class Script(unittest.TestCase):
    def run_script(self, more=""):
        with tempfile.TemporaryDirectory() as folder:
            program, page = pathlib.Path(folder) / "program", pathlib.Path(folder) / "page.md"
            program.write_text(STAND_IN.format(python=sys.executable, more=more))
            program.chmod(0o755)
            command = [sys.executable, harness.ROOT / "scripts/measure_redaction.py", "--program", program]
            done = subprocess.run([*command, "--count", "40", "--write", page], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, timeout=120, check=False)
            return done, page.read_text(encoding="utf-8") if page.exists() else ""

    def test_it_writes_the_page(self):
        done, page = self.run_script()
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        self.assertIn("| with `--country`, as a centre of that country sets it |", page)
        for kind in redaction_corpus.KINDS:
            self.assertIn(f"| `{kind}` |", page)
        self.assertIn("⟦", page)
        self.assertEqual(self.run_script()[1], page)

    def test_a_program_that_fails_is_not_measured(self):
        done, page = self.run_script("sys.exit(9)")
        self.assertNotEqual(done.returncode, 0)
        self.assertIn(b"exit 9", done.stderr)
        self.assertEqual(page, "")

    def test_a_missing_answer_is_not_measured(self):
        with self.assertRaises(measure_redaction.Unusable):
            measure_redaction.redact("/bin/true", [item_of("hola")])


class Program(unittest.TestCase):
    def assert_reached(self, share, least, what, result):
        worst = {kind: group["examples"][:1] for kind, group in result.items()}
        self.assertGreaterEqual(share["value"], least, f"{what}: {json.dumps(worst, ensure_ascii=False, indent=1)}")

    def test_written_identifiers_are_found_and_little_else(self):
        items = redaction_corpus.generate(ITEMS, SEED, {"written": 1})
        result = redaction_corpus.measure(items, measure_redaction.redact(harness.PROGRAM, items))
        self.assert_reached(result["recall"][""]["recall"], WRITTEN_RECALL_MIN, "missed", result["misses"])
        self.assert_reached(result["precision"][""]["precision"], WRITTEN_PRECISION_MIN, "false alarms",
                            result["alarms"])

    def test_spoken_identifiers_are_found(self):
        forms = {form: weight for form, weight in redaction_corpus.FORMS.items() if form != "written"}
        items = redaction_corpus.generate(ITEMS, SEED, forms)
        result = redaction_corpus.measure(items, measure_redaction.redact(harness.PROGRAM, items))
        self.assert_reached(result["recall"][""]["recall"], SPOKEN_RECALL_MIN, "missed", result["misses"])


if __name__ == "__main__":
    unittest.main()
