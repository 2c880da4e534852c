"""The scorecard language from the command line: the guides' scorecards, the schema, packs, and receipts that are the
same bytes whatever the locale, the zone and the build."""

import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys
import tomllib

import harness
from harness import environment, json_lines, run_program
from audit_case import AuditCase, criterion, good_call, phrase_call, segment, transcript

GUIDES = ("docs/guide/scorecards.md", "docs/guide/scorecards.es.md")
EVERY_KIND = harness.ROOT / "tests/scorecards/every-kind.toml"
HEAD = 'id = "guide"\nversion = 1\nlanguage = "es"\ncategories = [{ from = 0, name = "Todas" }]\n'
# Where a program of another build may lie; the golden holds each of them.
BUILDS = ("build/release/oidor", "build/dev/oidor")
WORLDS = ({"LC_ALL": "C", "TZ": "UTC"}, {"LC_ALL": "es_AR.UTF-8", "TZ": "America/Argentina/Buenos_Aires"},
          {"LC_ALL": "tr_TR.UTF-8", "TZ": "Asia/Kolkata"}, {"LC_ALL": "de_DE.UTF-8", "LC_NUMERIC": "de_DE.UTF-8",
                                                            "TZ": "Pacific/Chatham"})


def complaint_call():
    """Something of everything: a notice, a promise with a date, a complaint, one segment hardly heard."""
    return transcript(
        segment("ivr", "Esta llamada puede ser grabada.", 0, 3000),
        segment("agent", "Buenos días, le habla Lucía.", 4000, 7000, confidence=0.9),
        segment("customer", "Pésimo servicio, tengo un RECLAMO por la factura.", 8000, 14000, confidence=0.8),
        segment("agent", "Disculpe usted. Le llamo en 24 horas.", 15000, 20000, confidence=0.9),
        segment("unknown", "mmm", 20500, 21000, confidence=0.2),
        segment("customer", "Excelente, muchas gracias.", 22000, 25000, confidence=0.9),
        segment("agent", "Genial, gracias. ¿Me dice su clave?", 26000, 30000, confidence=0.4),
        duration_s=31)


CALLS = {"good": good_call, "phrases": phrase_call, "complaint": complaint_call,
         "text": lambda: transcript(segment("agent", "Hola, soy Ana"), segment("customer", "İyi günler 🙂 ¿quién?"),
                                    segment("agent", "le envío el sobre man\u0303ana"), duration_s=None),
         "silent": lambda: transcript(segment("agent", " "))}
SCORECARDS = ("classic-es", "general-es", str(EVERY_KIND))


def valid(schema, value):
    """What of JSON Schema our schemas use."""
    if "const" in schema and value != schema["const"]:
        return False
    if "enum" in schema and value not in schema["enum"]:
        return False
    if "anyOf" in schema and not any(valid(each, value) for each in schema["anyOf"]):
        return False
    if "oneOf" in schema and sum(valid(each, value) for each in schema["oneOf"]) != 1:
        return False
    kinds = {"object": dict, "array": list, "string": str, "boolean": bool, "integer": int, "number": (int, float)}
    kind = schema.get("type")
    if kind and (not isinstance(value, kinds[kind]) or (kind in ("integer", "number") and isinstance(value, bool))):
        return False
    if kind in ("integer", "number"):
        return schema.get("minimum", value) <= value <= schema.get("maximum", value)
    if kind == "string":
        return re.search(schema.get("pattern", ""), value) is not None
    if kind == "array":
        return len(value) >= schema.get("minItems", 0) and all(valid(schema["items"], each) for each in value)
    if kind == "object":
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", True)
        return (set(schema.get("required", [])) <= set(value)
                and all(valid(known[key], each) if key in known else (more is True or (more and valid(more, each)))
                        for key, each in value.items()))
    return True


def blocks(guide):
    text = (harness.ROOT / guide).read_text(encoding="utf-8")
    return re.findall(r"^```toml\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


class Language(AuditCase):
    def check(self, path, **named):
        return run_program("scorecard", "check", path, env=environment(LANG="en_US.UTF-8"), **named)

    def test_the_scorecards_of_the_guides_are_valid_and_alike(self):
        self.assertEqual(blocks(GUIDES[0]), blocks(GUIDES[1]), "the guides show the same scorecards")
        self.assertGreaterEqual(len(blocks(GUIDES[0])), 5)
        schema = self.schema()
        for number, block in enumerate(blocks(GUIDES[0])):
            done = self.check(self.write(f"{number}.toml", HEAD + block))
            self.assertEqual(done.returncode, 0, f"{block}\n{done.stderr.decode()}")
            self.assertTrue(valid(schema, tomllib.loads(HEAD + block)), block)

    def schema(self, *words):
        done = run_program("scorecard", "schema", *words)
        self.assertEqual(done.returncode, 0, done)
        return json.loads(done.stdout)

    def test_what_ships_fits_the_schema_and_what_is_misspelt_does_not(self):
        schema, packs = self.schema(), self.schema("pack")
        for path in sorted((harness.ROOT / "scorecards").glob("*.toml")):
            self.assertTrue(valid(schema, tomllib.loads(path.read_text(encoding="utf-8"))), path)
        for path in sorted((harness.ROOT / "scorecards/packs").glob("*/*.toml")):
            self.assertTrue(valid(packs, tomllib.loads(path.read_text(encoding="utf-8"))), path)
        card = tomllib.loads(EVERY_KIND.read_text(encoding="utf-8"))
        self.assertTrue(valid(schema, card))
        card["criteria"][0]["nead"] = "any"
        self.assertFalse(valid(schema, card))

    def test_a_fault_names_its_line_its_place_and_what_was_meant(self):
        path = self.write("mia.toml", HEAD + '[[criteria]]\nid = "a"\nkind = "phrasses"\npoints = 1\n'
                                             '[[criteria]]\nid = "b"\nkind = "phrases"\nneed = "any"\npoints = 1\n'
                                             'packs = ["es/saluda"]\nwindw = 3\n')
        done = self.check(path)
        self.assertEqual(done.returncode, 2, done)
        told = done.stderr.decode()
        self.assertIn(":7: criteria[0].kind: expected phrases, measure, sentiment, promise, consent, question; "
                      "did you mean `phrases`?", told)
        self.assertIn(":14: criteria[1].packs: there is no pack `es/saluda`; did you mean `es/saludo`?", told)
        self.assertIn(":15: criteria[1].windw: unknown key; did you mean `window`?", told)

    def test_a_pack_beside_the_scorecard_is_put_into_what_is_published(self):
        data = self.folder / "data"
        done = run_program("scorecard", "publish", EVERY_KIND, data=data)
        self.assertEqual(done.returncode, 0, done)
        shown = run_program("scorecard", "show", "every-kind", data=data)
        self.assertEqual(shown.returncode, 0, shown)
        text = shown.stdout.decode()
        self.assertTrue(text.startswith(EVERY_KIND.read_text(encoding="utf-8")))
        self.assertEqual(tomllib.loads(text)["packs"][0]["id"], "./every-kind-pack.toml")
        # It stands alone, and judges as the draft does.
        alone = self.audit(complaint_call(), "--scorecard", self.write("alone.toml", text))
        draft = self.audit(complaint_call(), "--scorecard", EVERY_KIND)
        self.assertEqual(alone["receipt"]["audit_sha256"], draft["receipt"]["audit_sha256"])
        self.assertEqual(alone["receipt"]["packs_sha256"], draft["receipt"]["packs_sha256"])

    def test_every_kind_judges_a_call_with_its_evidence(self):
        audit = self.audit(complaint_call(), "--scorecard", EVERY_KIND)
        outcomes = {row["id"]: row["outcome"] for row in audit["criteria"]}
        self.assertEqual(outcomes, {"protocolo": "pass", "aviso": "pass", "gracias": "unknown", "clave": "unknown",
                                    "promesa": "pass", "disculpa": "pass", "animo": "not_applicable", "habla": "not_applicable",
                                    "explico": "unknown"})
        quotes = [each["quote"] for each in criterion(audit, "promesa")["evidence"]]
        self.assertEqual(quotes, ["Le llamo", "en 24 horas"])
        self.assertEqual(criterion(audit, "disculpa")["condition"]["evidence"][0]["quote"], "RECLAMO")
        self.assertEqual([each["id"] for each in audit["sections"]], ["apertura", "gestion"])
        self.assertEqual(audit["sections"][0]["score"], 100)


class Receipts(AuditCase):
    """P5: the same input gives the same bytes."""

    def audits(self, program, world):
        """One line for each call and scorecard: the audit's own hash, and that of all bytes without the input's name."""
        for name, call in CALLS.items():
            self.write(f"calls/{name}.json", call())
        lines = []
        for card in SCORECARDS:
            done = run_program("audit", "--json", "--verify", "--scorecard", card, self.folder / "calls", program=program,
                               env=environment(**world), seconds=120)
            self.assertEqual(done.returncode, 0, done)
            for name, audit in zip(sorted(CALLS), json_lines(done.stdout), strict=True):
                audit.pop("input")
                whole = hashlib.sha256(json.dumps(audit, ensure_ascii=False).encode()).hexdigest()
                lines.append(f"{pathlib.Path(card).stem} {name} {audit['receipt']['audit_sha256'][:16]} {whole[:16]}")
        return "\n".join(lines) + "\n"

    def comma_locale(self):
        """A locale with a decimal comma, compiled here: nothing has to be installed for it, and it is really one."""
        folder = self.folder / "locales"
        folder.mkdir()
        source = folder / "source"
        source.write_text('LC_CTYPE\ncopy "POSIX"\nEND LC_CTYPE\nLC_NUMERIC\ndecimal_point ","\nthousands_sep "."\n'
                          'grouping 3;3\nEND LC_NUMERIC\n', encoding="ascii")
        subprocess.run(["localedef", "-c", "-i", source, folder / "comma"], stdout=subprocess.DEVNULL,
                       stderr=subprocess.DEVNULL, check=False, timeout=60)
        world = {"LC_ALL": "comma", "LOCPATH": str(folder), "TZ": "Asia/Kathmandu"}
        shown = subprocess.run([sys.executable, "-c", "import locale; locale.setlocale(locale.LC_ALL, ''); "
                                                      "print(locale.str(0.5))"],
                               env={**os.environ, **world}, stdout=subprocess.PIPE, check=True, timeout=60)
        self.assertEqual(shown.stdout, b"0,5\n")
        return world

    def test_any_locale_zone_and_build_gives_the_bytes_of_the_golden(self):
        told = self.audits(harness.PROGRAM, WORLDS[0])
        harness.assert_golden(self, "receipts.txt", told)
        for world in (*WORLDS[1:], self.comma_locale()):
            self.assertEqual(self.audits(harness.PROGRAM, world), told, world)
        for build in BUILDS:
            program = harness.ROOT / build
            if program.is_file() and program.resolve() != harness.PROGRAM.resolve():
                self.assertEqual(self.audits(program, WORLDS[1]), told, build)
