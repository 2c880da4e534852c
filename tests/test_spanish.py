"""Spanish as it is spoken and typed, by the program: packs by country, tolerance, chats, feeling; and general-pt."""

import hashlib
import json
import re
import unittest

import harness

from audit_case import AuditCase, segment, transcript
from harness import run_program

HEAD = 'id = "t"\nversion = 1\nlanguage = "es"\ncategories = [{ from = 0, name = "todas" }]\n'


def criterion(id, **keys):
    told = {"kind": "phrases", "need": "any", "points": 1, **keys}
    lines = [f"{key} = {value if isinstance(value, (int, list)) else chr(34) + value + chr(34)}"
             for key, value in told.items()]
    return f'\n[[criteria]]\nid = "{id}"\n' + "\n".join(lines).replace("'", '"') + "\n"


class SpanishTest(AuditCase):
    def judge(self, call, *criteria, head=""):
        path = self.write("t.toml", (HEAD + head + "".join(criteria)).encode())
        return self.audit(call, "--scorecard", path)

    def only(self, audit):
        self.assertEqual(len(audit["criteria"]), 1, audit)
        return audit["criteria"][0]

    def test_a_pack_joins_its_phrases(self):
        audit = self.judge(transcript(segment("agent", "¿En qué más le puedo servir, don Evelio?")),
                           criterion("ayuda", packs=["es/ofrecimiento"]))
        self.assertEqual(self.only(audit)["outcome"], "pass")

    def test_what_insults_in_one_country_is_harmless_in_another(self):
        call = transcript(segment("customer", "no seas boludo"))
        found = {}
        for country in ("AR", "MX"):
            audit = self.judge(call, criterion("insultos", packs=["es/insultos"]), head=f'country = "{country}"\n')
            found[country] = self.only(audit)["outcome"]
        self.assertEqual(found, {"AR": "pass", "MX": "fail"})

    def test_a_misheard_phrase_is_found_and_says_how_far_off_it_is(self):
        call = transcript(segment("agent", "bueno asta luego señora"))
        strict = self.only(self.judge(call, criterion("despedida", phrases=["hasta luego"])))
        self.assertEqual(strict["outcome"], "fail")
        found = self.only(self.judge(call, criterion("despedida", phrases=["hasta luego"], tolerance=1)))
        self.assertEqual(found["outcome"], "pass")
        evidence = found["evidence"][0]
        self.assertEqual((evidence["quote"], evidence["distance"], evidence["phrase"]), ("asta luego", 1, "hasta luego"))

    def test_the_text_says_which_phrase_was_meant(self):
        path = self.write("t.toml", (HEAD + criterion("despedida", phrases=["hasta luego"], tolerance=1)).encode())
        call = self.write("call.json", transcript(segment("agent", "bueno asta luego señora")))
        done = run_program("audit", call, "--scorecard", path, "--ui-language", "es")
        self.assertIn("«asta luego» (se tomó por «hasta luego»: difiere en 1", done.stdout.decode())

    def test_what_may_not_be_said_never_fails_by_a_likeness(self):
        call = transcript(segment("agent", "eso no es mi provlema"))
        keys = {"need": "none", "penalty": 1, "phrases": ["no es mi problema"], "tolerance": 1}
        self.assertEqual(self.only(self.judge(call, criterion("prohibidas", **keys)))["outcome"], "unknown")

    def test_a_chat_is_read_written_out_and_quoted_as_typed(self):
        call = transcript(segment("agent", "muxas grax x escribirnos"))
        card = criterion("gracias", phrases=["muchas gracias por escribirnos"])
        self.assertEqual(self.only(self.judge(call, card))["outcome"], "fail")
        found = self.only(self.judge({**call, "channel": "chat"}, card))
        self.assertEqual(found["outcome"], "pass")
        self.assertEqual(found["evidence"][0]["quote"], "muxas grax x escribirnos")

    def test_feeling_reads_irony_in_general_and_not_in_classic(self):
        call = transcript(segment("agent", "excelente, otra vez sin luz"))
        self.assertEqual(self.audit(call, "--scorecard", "classic-es")["sentiment_score"], 0.9)
        self.assertLess(self.audit(call, "--scorecard", "general-es")["sentiment_score"], 0)

    def test_general_pt_judges_portuguese(self):
        call = transcript(segment("agent", "Bom dia, meu nome é Ana. Em que posso ajudá-lo?"),
                          segment("customer", "Não posso entrar na minha conta"),
                          segment("agent", "Pronto. Tenha um ótimo dia, até logo"), language="pt")
        audit = self.audit(call)
        self.assertEqual(audit["scorecard"]["id"], "general-pt")
        self.assertEqual(audit["quality_score"], 100)
        self.assertEqual((audit["saludo_correcto"], audit["ofrece_ayuda"], audit["despedida_correcta"]),
                         (True, True, True))


class LabelledTest(unittest.TestCase):
    def test_the_part_that_nothing_is_tuned_on_is_as_it_was_committed(self):
        folder = harness.ROOT / "tests/labelled"
        stated = re.search(r"SHA-256 `([0-9a-f]{64})`", (folder / "README.md").read_text(encoding="utf-8"))[1]
        self.assertEqual(hashlib.sha256((folder / "es/test.jsonl").read_bytes()).hexdigest(), stated)

    def test_each_utterance_lies_in_the_part_that_its_id_says(self):
        for part in ("dev", "test"):
            for line in (harness.ROOT / f"tests/labelled/es/{part}.jsonl").read_text(encoding="utf-8").splitlines():
                number = int(hashlib.sha256(json.loads(line)["id"].encode()).hexdigest(), 16)
                self.assertEqual(part, "dev" if number % 5 < 2 else "test")


if __name__ == "__main__":
    unittest.main()
