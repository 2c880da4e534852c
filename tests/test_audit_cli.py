"""`oidor audit` as a user meets it: transcripts of every form, audio, broken inputs, and the words it says."""

import json
import math
import os
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import time
import unicodedata
import unittest

import harness
from harness import environment, json_lines, run_program

RECORDINGS = harness.ROOT / "tests/recordings"
SHARED = pathlib.Path(os.environ.get("OIDOR_SHARED", harness.ROOT.parent / "shared"))

# The members of one line, as the contract names them.
AUDIT_MEMBERS = {
    "input", "conversation_id", "agent", "language", "duration_s", "scorecard", "auditable", "reason",
    "quality_score", "quality_score_exact", "quality_category", "needs_review", "review_reasons",
    "sentiment_score", "heard", "criteria", "saludo_correcto", "ofrece_ayuda", "despedida_correcta",
    "palabras_prohibidas", "issues", "receipt"}
RECEIPT_MEMBERS = {"scoring", "audio_sha256", "transcript_sha256", "facts_sha256", "answers_sha256",
                   "scorecard_sha256", "packs_sha256", "audit_sha256"}

GREETING = "Buenos días, le habla Lucía."
HELP = "¿En qué puedo ayudarte?"
BYE = "Hasta luego."


def segment(speaker, text, start_ms=None, end_ms=None, **more):
    return {"start_ms": start_ms, "end_ms": end_ms, "speaker": speaker, "text": text, **more}


def transcript(*segments, language="es", duration_s=300, **more):
    return {"language": language, "duration_s": duration_s, "segments": list(segments), **more}


def good_call():
    """Greets, says who speaks, offers help, says goodbye."""
    return transcript(segment("agent", GREETING, 0, 1900), segment("agent", HELP, 2000, 3000),
                      segment("customer", "Quiero cambiar mi dirección.", 3500, 5000),
                      segment("agent", BYE, 298000, 299000))


def phrase_call():
    """The contract's example: a greeting, an offer, a farewell, one forbidden phrase, nobody named; 300 s."""
    return transcript(segment("agent", "Buenos días", 0, 1900, channel=0, confidence=0.93),
                      segment("agent", "¿En qué puedo ayudarte?", 2000, 3000),
                      segment("customer", "El pedido está en la calle", 4000, 6000),
                      segment("agent", "Eso ahora no puedo", 7000, 8000),
                      segment("agent", "Hasta luego", 298000, 299000))


def azure_fast():
    def phrase(channel, at, text):
        return {"channel": channel, "offsetMilliseconds": at, "durationMilliseconds": 900, "text": text,
                "words": [{"text": text.split()[0], "offsetMilliseconds": at, "durationMilliseconds": 200}],
                "locale": "es-AR", "confidence": 0.93}
    return {"durationMilliseconds": 300000,
            "combinedPhrases": [{"channel": 0, "text": f"{GREETING} {HELP} {BYE}"},
                                {"channel": 1, "text": "Quiero cambiar mi dirección."}],
            "phrases": [phrase(0, 960, GREETING), phrase(0, 2000, HELP), phrase(1, 3500, "Quiero cambiar mi dirección."),
                        phrase(0, 298000, BYE)]}


def azure_batch():
    def phrase(channel, seconds, text, status="Success"):
        ticks = int(seconds * 10_000_000)
        return {"recognitionStatus": status, "channel": channel, "speaker": 1, "offset": f"PT{seconds}S",
                "duration": "PT0.9S", "offsetInTicks": float(ticks), "durationInTicks": 9000000.0,
                "nBest": [{"confidence": 0.93, "lexical": text.lower(), "itn": text, "maskedITN": text,
                           "display": text},
                          {"confidence": 0.1, "lexical": "no puedo", "itn": "no puedo", "maskedITN": "no puedo",
                           "display": "No puedo."}]}
    return {"source": "https://storage.example/a.mp3", "timestamp": "2026-02-10T13:05:09Z",
            "durationInTicks": 3000000000, "duration": "PT5M",
            "combinedRecognizedPhrases": [{"channel": 0, "lexical": "", "itn": "", "maskedITN": "", "display": ""}],
            "recognizedPhrases": [phrase(0, 0.96, GREETING), phrase(0, 2, HELP), phrase(1, 3.5, "Quiero cambiar mi dirección."),
                                  phrase(0, 10, "no puedo", status="Failure"), phrase(0, 298, BYE)]}


def openai_verbose():
    texts = [(0.0, 1.9, GREETING), (2.0, 3.0, HELP), (298.0, 299.0, BYE)]
    return {"task": "transcribe", "language": "spanish", "duration": 300.0,
            "text": " ".join(text for _, _, text in texts),
            "segments": [{"id": number, "seek": 0, "start": start, "end": end, "text": " " + text, "tokens": [1],
                          "temperature": 0.0, "avg_logprob": -0.05, "compression_ratio": 1.1, "no_speech_prob": 0.01}
                         for number, (start, end, text) in enumerate(texts)]}


def wav_bytes(samples, rate=8000, bits=16, form=1, channels=1):
    """A WAV of already encoded samples; `form`: 1 PCM, 6 A-law, 7 µ-law."""
    block = channels * bits // 8
    return struct.pack("<4sI4s4sIHHIIHH4sI", b"RIFF", 36 + len(samples), b"WAVE", b"fmt ", 16, form, channels, rate,
                       rate * block, block, bits, b"data", len(samples)) + samples


def criterion(audit, name):
    return next(row for row in audit["criteria"] if row["id"] == name)


class AuditCase(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="oidor-audit-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, value):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(value, (dict, list)):
            value = json.dumps(value, ensure_ascii=False)
        if isinstance(value, str):
            value = value.encode("utf-8")
        path.write_bytes(value)
        return path

    def run_audit(self, *arguments, **named):
        return run_program("audit", "--json", *arguments, **named)

    def audit(self, value, *arguments, name="call.json"):
        """The one audit of one good input."""
        done = self.run_audit(self.write(name, value), *arguments)
        self.assertEqual(done.returncode, 0, done)
        lines = json_lines(done.stdout)
        self.assertEqual(len(lines), 1)
        return lines[0]

    def refuse(self, path, code, exit_code, *arguments, **named):
        """The error of one bad input, which also is the exit code."""
        done = self.run_audit(path, *arguments, **named)
        self.assertEqual(done.returncode, exit_code, done)
        lines = json_lines(done.stdout)
        self.assertEqual(len(lines), 1, done)
        self.assertEqual(set(lines[0]), {"input", "error"})
        self.assertEqual(lines[0]["input"], str(path))
        self.assertEqual(set(lines[0]["error"]), {"code", "message"})
        self.assertEqual(lines[0]["error"]["code"], code)
        self.assertTrue(lines[0]["error"]["message"])
        return lines[0]["error"]["message"]


class Contract(AuditCase):
    def test_the_example_of_the_contract(self):
        audit = self.audit(phrase_call(), "--scorecard", "classic-es")
        self.assertEqual(audit["quality_score"], 55)
        self.assertEqual(audit["quality_score_exact"], "55.0")
        self.assertEqual(audit["quality_category"], "Regular")
        self.assertIs(audit["needs_review"], True)
        self.assertEqual(audit["review_reasons"], ["forbidden_phrase"])
        self.assertEqual(audit["sentiment_score"], 0)
        self.assertEqual(audit["scorecard"], {"id": "classic-es", "version": 1})
        self.assertEqual((audit["saludo_correcto"], audit["ofrece_ayuda"], audit["despedida_correcta"]),
                         (True, True, True))
        self.assertEqual(audit["palabras_prohibidas"], ["no puedo"])
        self.assertIn("No usó frases permitidas: «no puedo»", audit["issues"])
        greeting = criterion(audit, "saludo_correcto")
        self.assertEqual(greeting["evidence"], [{"segment": 0, "start_ms": 0, "end_ms": 1900, "speaker": "agent",
                                                 "quote": "Buenos días"}])
        self.assertEqual(greeting["searched"]["speaker"], "any")
        self.assertEqual(greeting["searched"]["from_char"], 0)
        self.assertIsNone(greeting["searched"]["nearest"])
        self.assertEqual((greeting["points"], greeting["points_max"]), (15, 15))
        duration = criterion(audit, "duracion")
        self.assertEqual(duration["evidence"], [{"measure": "duration", "value": 300, "unit": "s"}])
        self.assertEqual(criterion(audit, "palabras_prohibidas")["points"], -5)

    def test_the_members_have_exactly_the_names_of_the_contract(self):
        audit = self.audit(phrase_call(), "--scorecard", "classic-es")
        self.assertEqual(set(audit), AUDIT_MEMBERS)
        self.assertEqual(set(audit["receipt"]), RECEIPT_MEMBERS)
        self.assertEqual(set(audit["heard"]), {"confidence", "speakers_known", "speech_s"})
        for row in audit["criteria"]:
            self.assertLessEqual(set(row), {"id", "outcome", "points", "points_max", "evidence", "searched"})
            self.assertIn(row["outcome"], {"pass", "fail", "unknown", "not_applicable"})
        self.assertIsNone(audit["conversation_id"])
        self.assertIsNone(audit["agent"])
        self.assertIsNone(audit["reason"])
        self.assertIs(audit["auditable"], True)

    def test_the_receipt_hashes_what_it_names(self):
        audit = self.audit(phrase_call(), "--scorecard", "classic-es")
        for name in RECEIPT_MEMBERS - {"scoring", "audio_sha256", "answers_sha256"}:
            self.assertRegex(audit["receipt"][name], r"^[0-9a-f]{64}$", name)
        self.assertEqual(audit["receipt"]["scoring"], "1")
        self.assertIsNone(audit["receipt"]["audio_sha256"])
        self.assertIsNone(audit["receipt"]["answers_sha256"])
        other = self.audit(transcript(segment("agent", "Hola", 0, 900)), "--scorecard", "classic-es")
        self.assertNotEqual(audit["receipt"]["transcript_sha256"], other["receipt"]["transcript_sha256"])
        self.assertEqual(audit["receipt"]["scorecard_sha256"], other["receipt"]["scorecard_sha256"])

    def test_the_audit_hash_does_not_depend_on_the_name_of_the_input(self):
        first = self.audit(phrase_call(), name="a.json")
        second = self.audit(phrase_call(), name="b.json")
        self.assertEqual(first["receipt"], second["receipt"])

    def test_each_quote_is_in_its_segment_as_it_was_said(self):
        call = good_call()
        for scorecard in ("classic-es", "general-es"):
            audit = self.audit(call, "--scorecard", scorecard)
            found = [evidence for row in audit["criteria"] for evidence in row["evidence"] if "quote" in evidence]
            self.assertGreaterEqual(len(found), 4)
            for evidence in found:
                said = call["segments"][evidence["segment"]]
                self.assertIn(evidence["quote"], said["text"])
                self.assertEqual((evidence["start_ms"], evidence["end_ms"], evidence["speaker"]),
                                 (said["start_ms"], said["end_ms"], said["speaker"]))

    def test_an_absent_phrase_names_the_window_that_was_searched(self):
        audit = self.audit(transcript(segment("agent", "Sí.", 0, 900), segment("customer", "Bueno.", 1000, 2000)))
        failed = [row for row in audit["criteria"] if row["outcome"] == "fail" and "searched" in row]
        self.assertTrue(failed)
        for row in failed:
            window = set(row["searched"]) - {"speaker", "nearest"}
            self.assertIn(window, ({"from_ms", "to_ms"}, {"from_turn", "to_turn"}, {"from_char", "to_char"}))
            self.assertIn("nearest", row["searched"])

    def test_two_runs_give_the_same_bytes(self):
        path = self.write("call.json", phrase_call())
        self.assertEqual(self.run_audit(path).stdout, self.run_audit(path).stdout)

    def test_stdout_is_data_and_nothing_else(self):
        done = self.run_audit(self.write("call.json", phrase_call()))
        self.assertEqual(len(done.stdout.splitlines()), 1)
        self.assertTrue(done.stdout.endswith(b"\n"))


class Forms(AuditCase):
    def assert_good(self, audit, speakers_known=True):
        self.assertIs(audit["auditable"], True)
        self.assertEqual(audit["language"], "es")
        self.assertEqual(audit["heard"]["speakers_known"], speakers_known)
        self.assertEqual(audit["palabras_prohibidas"], [])
        if speakers_known:
            for name in ("saludo_correcto", "ofrece_ayuda", "despedida_correcta"):
                self.assertIs(audit[name], True, name)

    def test_our_own_json(self):
        audit = self.audit(good_call())
        self.assert_good(audit)
        self.assertEqual(audit["scorecard"]["id"], "general-es")
        self.assertEqual(audit["duration_s"], 300)
        self.assertEqual(audit["quality_score"], 100)

    def test_azure_fast(self):
        audit = self.audit(azure_fast(), "--agent-channel", "0")
        self.assert_good(audit)
        self.assertEqual(audit["duration_s"], 300)
        self.assertEqual(criterion(audit, "saludo_correcto")["evidence"][0]["start_ms"], 960)
        self.assertEqual(audit["heard"]["confidence"], 0.93)

    def test_azure_batch_takes_the_best_guess_and_leaves_failures_out(self):
        audit = self.audit(azure_batch(), "--agent-channel", "0")
        self.assert_good(audit)
        self.assertEqual(audit["duration_s"], 300)
        self.assertEqual(criterion(audit, "saludo_correcto")["evidence"][0]["start_ms"], 960)

    def test_the_channels_of_the_agent_can_be_swapped(self):
        audit = self.audit(azure_fast(), "--agent-channel", "1")
        self.assertIs(audit["saludo_correcto"], False)

    def test_openai_verbose_json_has_no_speakers_so_its_outcomes_are_unknown_never_fail(self):
        audit = self.audit(openai_verbose())
        self.assert_good(audit, speakers_known=False)
        self.assertEqual(audit["duration_s"], 300)
        for name in ("saludo_correcto", "ofrece_ayuda", "despedida_correcta"):
            self.assertEqual(criterion(audit, name)["outcome"], "unknown", name)
            self.assertIsNone(audit[name], name)

    def test_openai_verbose_json_under_classic_es_searches_all_speakers(self):
        audit = self.audit(openai_verbose(), "--scorecard", "classic-es")
        self.assertEqual((audit["saludo_correcto"], audit["ofrece_ayuda"], audit["despedida_correcta"]),
                         (True, True, True))

    def test_plain_text_with_the_labels_of_each_language(self):
        for agent, customer in (("Agente", "Cliente"), ("Agent", "Customer"), ("Atendente", "Cliente"),
                                ("AGENTE", "CLIENTE")):
            with self.subTest(agent=agent):
                text = f"{agent}: {GREETING} {HELP}\n{customer}: Quiero cambiar mi dirección.\n{agent}: {BYE}\n"
                audit = self.audit(text, name="call.txt")
                self.assert_good(audit)
                self.assertIsNone(audit["duration_s"])
                self.assertIsNone(criterion(audit, "saludo_correcto")["evidence"][0]["start_ms"])

    def test_plain_text_with_windows_line_ends_and_a_byte_order_mark(self):
        text = f"\ufeffAgente: {GREETING} {HELP}\r\nCliente: Bueno.\r\nAgente: {BYE}\r\n"
        self.assert_good(self.audit(text, name="call.txt"))

    def test_standard_input(self):
        done = self.run_audit("-", stdin=json.dumps(good_call()).encode())
        self.assertEqual(done.returncode, 0, done)
        audit = json_lines(done.stdout)[0]
        self.assertEqual(audit["input"], "-")
        self.assert_good(audit)

    def test_standard_input_gives_the_receipt_of_the_file(self):
        body = json.dumps(good_call(), ensure_ascii=False).encode()
        done = self.run_audit("-", stdin=body)
        self.assertEqual(json_lines(done.stdout)[0]["receipt"], self.audit(body)["receipt"])

    def test_a_directory_is_all_its_files_in_order(self):
        self.write("day/b.json", good_call())
        self.write("day/a.json", phrase_call())
        self.write("day/deep/c.txt", f"Agente: {GREETING}\nCliente: Hola.\n")
        done = self.run_audit(self.folder / "day")
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual([pathlib.Path(line["input"]).name for line in json_lines(done.stdout)],
                         ["a.json", "b.json", "c.txt"])

    def test_several_arguments_keep_their_order(self):
        paths = [self.write(name, good_call()) for name in ("z.json", "a.json", "m.json")]
        done = self.run_audit(*paths)
        self.assertEqual([line["input"] for line in json_lines(done.stdout)], [str(path) for path in paths])

    def test_a_transcript_in_english_is_judged_by_general_en(self):
        call = transcript(segment("agent", "Good morning, my name is David. How can I help you?", 0, 3000),
                          segment("customer", "I want to change my address.", 4000, 6000),
                          segment("agent", "Goodbye. Have a nice day.", 290000, 292000), language="en")
        audit = self.audit(call)
        self.assertEqual(audit["scorecard"]["id"], "general-en")
        self.assertEqual(audit["language"], "en")
        self.assertIs(audit["saludo_correcto"], True)

    def test_without_json_it_says_the_same_to_a_person(self):
        done = run_program("audit", self.write("call.json", phrase_call()), "--scorecard", "classic-es")
        self.assertEqual(done.returncode, 0, done)
        text = done.stdout.decode()
        for word in ("55", "Regular", "Buenos días", "no puedo"):
            self.assertIn(word, text)


class Judging(AuditCase):
    def test_a_customer_who_says_the_forbidden_phrase_counts_in_classic_es_alone(self):
        call = good_call()
        call["segments"][2]["text"] = "Es que no puedo entrar."
        self.assertEqual(self.audit(call, "--scorecard", "classic-es")["palabras_prohibidas"], ["no puedo"])
        general = self.audit(call, "--scorecard", "general-es")
        self.assertEqual(general["palabras_prohibidas"], [])
        self.assertNotIn("forbidden_phrase", general["review_reasons"])

    def test_an_agent_who_says_it_counts_in_both(self):
        for scorecard in ("classic-es", "general-es"):
            audit = self.audit(phrase_call(), "--scorecard", scorecard)
            self.assertEqual(audit["palabras_prohibidas"], ["no puedo"], scorecard)
            self.assertIn("forbidden_phrase", audit["review_reasons"])

    def test_decomposed_letters_equal_composed_ones(self):
        composed, decomposed = (
            self.audit(transcript(*[{**row, "text": unicodedata.normalize(form, row["text"])}
                                    for row in good_call()["segments"]]), "--scorecard", "general-es")
            for form in ("NFC", "NFD"))
        for name in ("quality_score_exact", "saludo_correcto", "ofrece_ayuda", "despedida_correcta"):
            self.assertEqual(composed[name], decomposed[name], name)
        self.assertEqual([row["outcome"] for row in composed["criteria"]],
                         [row["outcome"] for row in decomposed["criteria"]])
        for row in decomposed["criteria"]:
            for evidence in row["evidence"]:
                if "quote" in evidence:  # as it was written
                    said = good_call()["segments"][evidence["segment"]]["text"]
                    self.assertIn(evidence["quote"], unicodedata.normalize("NFD", said))

    def test_unaccented_words_pass_in_general_es_and_fail_in_classic_es(self):
        call = transcript(segment("agent", "Buenos dias", 0, 1900), segment("agent", "Cuidate mucho", 200000, 201000))
        self.assertIs(self.audit(call, "--scorecard", "classic-es")["saludo_correcto"], False)
        self.assertIs(self.audit(call, "--scorecard", "general-es")["saludo_correcto"], True)
        self.assertIs(self.audit(call, "--scorecard", "general-es")["despedida_correcta"], True)

    def test_a_phrase_inside_another_word_is_none_in_general_es(self):
        call = transcript(segment("agent", "Eso es holandés", 0, 1900))
        self.assertIs(self.audit(call, "--scorecard", "classic-es")["saludo_correcto"], True)
        self.assertIs(self.audit(call, "--scorecard", "general-es")["saludo_correcto"], False)

    def test_unknown_speakers_are_unknown_and_never_fail(self):
        call = transcript(segment("unknown", "Bueno.", 0, 900), segment("unknown", "No puedo.", 1000, 2000))
        audit = self.audit(call, "--scorecard", "general-es")
        bound = [row for row in audit["criteria"] if row.get("searched", {}).get("speaker") == "agent"]
        self.assertTrue(bound)
        self.assertEqual({row["outcome"] for row in bound}, {"unknown"})
        self.assertIs(audit["needs_review"], True)
        self.assertEqual(audit["palabras_prohibidas"], [])

    def test_nobody_speaking_is_not_auditable_and_no_bad_call(self):
        for segments in ([], [segment("agent", "", 0, 100)], [segment("agent", "   \n ", 0, 100)]):
            with self.subTest(segments=segments):
                audit = self.audit(transcript(*segments))
                self.assertIs(audit["auditable"], False)
                self.assertEqual(audit["reason"], "no_speech")
                self.assertIsNone(audit["quality_score"])
                self.assertIsNone(audit["quality_score_exact"])
                self.assertIsNone(audit["quality_category"])

    def test_the_duration_limits_of_the_classic_scorecard(self):
        for seconds, points in ((59, 5), (60, 5), (119, 5), (120, 10), (600, 10), (601, 7)):
            audit = self.audit({**phrase_call(), "duration_s": seconds}, "--scorecard", "classic-es")
            self.assertEqual(audit["quality_score"], 45 + points, seconds)
            self.assertEqual("short_call" in audit["review_reasons"], seconds < 60, seconds)

    def test_forbidden_phrases_are_distinct_sorted_and_cost_twenty_at_most(self):
        call = phrase_call()
        call["segments"][3]["text"] = "No sé. Imposible. No puedo, no puedo. No hay forma. No tengo idea."
        audit = self.audit(call, "--scorecard", "classic-es")
        self.assertEqual(audit["palabras_prohibidas"],
                         sorted(["no sé", "imposible", "no puedo", "no hay forma", "no tengo idea"]))
        self.assertEqual(criterion(audit, "palabras_prohibidas")["points"], -20)


class Faults(AuditCase):
    def test_a_broken_file_among_good_ones_does_not_stop_them(self):
        first, broken, missing, last = (self.write("a.json", good_call()), self.write("b.json", "{"),
                                        self.folder / "none.json", self.write("d.json", good_call()))
        done = self.run_audit(first, broken, missing, last)
        lines = json_lines(done.stdout)
        self.assertEqual([line["input"] for line in lines], [str(path) for path in (first, broken, missing, last)])
        self.assertEqual(done.returncode, 2, "the code of the first failure")
        self.assertEqual([line.get("error", {}).get("code") for line in lines], [None, "Invalid", "NotFound", None])
        self.assertEqual([line.get("quality_score") for line in lines], [100, None, None, 100])
        swapped = self.run_audit(missing, broken, first)
        self.assertEqual(swapped.returncode, 4)

    def test_a_missing_file(self):
        self.assertIn("none.json", self.refuse(self.folder / "none.json", "NotFound", 4))

    def test_an_empty_file(self):
        self.refuse(self.write("call.json", b""), "Invalid", 2)
        self.refuse(self.write("call.txt", b""), "Invalid", 2)

    def test_invalid_utf_8(self):
        self.refuse(self.write("call.json", b'{"language":"es","segments":[{"text":"\xff\xfe"}]}'), "Invalid", 2)
        self.refuse(self.write("call.txt", b"Agente: Hola\nCliente: \xc3\x28\n"), "Invalid", 2)

    def test_json_five_thousand_deep(self):
        for text in ("[" * 5000 + "]" * 5000, '{"a":' * 5000 + "1" + "}" * 5000, "[" * 5000):
            done = self.run_audit(self.write("deep.json", text))
            self.assertIn(done.returncode, (2, 6), done)
            self.assertIn(json_lines(done.stdout)[0]["error"]["code"], ("Invalid", "TooLarge"))

    def test_json_that_is_no_transcript(self):
        for text in ("[]", "{}", '"x"', "null", "17", '{"segments": 4}', '{"segments": [4]}',
                     '{"language": "es", "segments": [{"speaker": "boss", "text": "Hola"}]}',
                     '{"language": "es", "segments": [{"speaker": "agent", "start_ms": "x", "text": "Hola"}]}',
                     '{"language": "es", "segments": [{"speaker": "agent", "start_ms": 900, "end_ms": 100, "text": "a"}]}',
                     '{"language": "es", "duration_s": -1, "segments": []}',
                     '{"language": "es", "duration_s": 1e400, "segments": []}'):
            with self.subTest(text=text):
                self.refuse(self.write("call.json", text), "Invalid", 2)

    def test_two_megabytes_of_text_are_quick(self):
        words = "el pedido llega mañana y la cuenta está al día pero nadie contesta el teléfono "
        text = "Agente: Buenos días.\n" + f"Cliente: {words}\nAgente: {words}\n" * (1_000_000 // len(words))
        path = self.write("call.txt", text)
        self.assertGreater(path.stat().st_size, 2_000_000)
        started = time.monotonic()
        done = self.run_audit(path)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIs(json_lines(done.stdout)[0]["saludo_correcto"], True)
        self.assertLess(time.monotonic() - started, 10 * harness.PATIENCE)

    def test_two_megabytes_in_one_segment(self):
        audit = self.audit(transcript(segment("agent", "hola " * 400_000, 0, 1000)))
        self.assertIs(audit["saludo_correcto"], True)

    def test_a_wrong_scorecard_names_every_fault_with_its_line(self):
        card = self.write("mine.toml", 'id = 3\nfoo = 1\nversion = 1\nlanguage = "es"\n[[criteria]]\nid = "x"\n'
                                       'kind = "zzz"\npoints = "many"\n')
        done = self.run_audit("--scorecard", card, self.write("call.json", good_call()))
        self.assertEqual(done.returncode, 2, done)
        said = done.stderr.decode()
        for line in ("mine.toml:1", "mine.toml:2", "mine.toml:7", "mine.toml:8"):
            self.assertIn(line, said)
        for path in ("id", "foo", "criteria[0].kind", "criteria[0].points"):
            self.assertIn(path, said)
        self.assertNotIn("quality_score", done.stdout.decode())

    def test_a_scorecard_that_is_not_toml(self):
        card = self.write("mine.toml", "id = [[[\n")
        self.assertEqual(self.run_audit("--scorecard", card, self.write("call.json", good_call())).returncode, 2)

    def test_a_scorecard_of_ones_own(self):
        card = self.write("mine.toml", (harness.ROOT / "scorecards/general-es.toml").read_text("utf-8")
                          .replace('id = "general-es"', 'id = "mine"', 1))
        audit = self.audit(good_call(), "--scorecard", card)
        self.assertEqual(audit["scorecard"]["id"], "mine")

    def test_an_unknown_scorecard_names_those_that_there_are(self):
        done = self.run_audit("--scorecard", "nope", self.write("call.json", good_call()))
        self.assertEqual(done.returncode, 4, done)
        self.assertIn(b"general-es", done.stderr)

    def test_an_unknown_option_names_the_nearest(self):
        done = self.run_audit("--scorcard", "classic-es", self.write("call.json", good_call()))
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(b"--scorecard", done.stderr)

    def test_nothing_to_audit_is_a_fault(self):
        self.assertEqual(self.run_audit().returncode, 2)

    def test_a_wrong_agent_channel(self):
        for value in ("2", "-1", "x", ""):
            done = self.run_audit("--agent-channel", value, self.write("call.json", good_call()))
            self.assertEqual(done.returncode, 2, (value, done))

    def test_a_language_without_a_scorecard_is_unsupported(self):
        self.refuse(self.write("call.json", {**good_call(), "language": "de"}), "Unsupported", 6)

    def test_a_language_without_an_engine_names_the_setting(self):
        path = self.write("call.wav", wav_bytes(tone(2)))
        for language in ("es", "pt"):
            self.assertIn("speech.engine", self.refuse(path, "Unsupported", 6, "--language", language))

    def test_an_unknown_engine(self):
        path = self.write("call.wav", wav_bytes(tone(2)))
        done = self.run_audit("--engine", "nope", "--language", "en", path)
        self.assertIn(done.returncode, (2, 4, 6), done)
        self.assertIn(b"pocketsphinx", done.stderr)

    def test_a_folder_without_files_or_a_device_is_no_success_in_silence(self):
        done = self.run_audit("/dev/null")
        self.assertNotEqual(done.returncode, 0, done)


def tone(seconds, rate=8000):
    return b"".join(struct.pack("<h", int(9000 * math.sin(index * 0.5))) for index in range(int(seconds * rate)))


def run_measured(*arguments, seconds=120):
    """(CompletedProcess, the largest memory in bytes that it or a child of it held)."""
    script = ("import json, resource, subprocess, sys\n"
              "done = subprocess.run(sys.argv[2:], stdin=subprocess.DEVNULL)\n"
              "open(sys.argv[1], 'w').write(str(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss))\n"
              "sys.exit(done.returncode)\n")
    with tempfile.TemporaryDirectory(prefix="oidor-measure-") as folder:
        noted = pathlib.Path(folder) / "maxrss"
        done = subprocess.run([sys.executable, "-c", script, noted, harness.PROGRAM, *map(str, arguments)],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment(), cwd=folder,
                              timeout=seconds * harness.PATIENCE, check=False)
        return done, int(noted.read_text()) * 1024


class Audio(AuditCase):
    ENGLISH = ("--language", "en", "--agent-channel", "0")

    def test_a_recording_of_two_channels_is_heard_and_judged(self):
        done = self.run_audit(RECORDINGS / "agent-says-forbidden.mp3", *self.ENGLISH, seconds=180)
        self.assertEqual(done.returncode, 0, done)
        audit = json_lines(done.stdout)[0]
        self.assertIs(audit["auditable"], True)
        self.assertEqual(audit["scorecard"]["id"], "general-en")
        self.assertIs(audit["saludo_correcto"], True)
        self.assertTrue(audit["palabras_prohibidas"])
        self.assertIn("forbidden_phrase", audit["review_reasons"])
        self.assertRegex(audit["receipt"]["audio_sha256"], r"^[0-9a-f]{64}$")
        self.assertIs(audit["heard"]["speakers_known"], True)
        self.assertGreater(audit["heard"]["speech_s"], 5)
        self.assertTrue(0 < audit["heard"]["confidence"] <= 1)

    def test_speech_made_on_the_spot_is_heard(self):
        self.assertIsNotNone(shutil.which("flite"), "flite is among what the tests need")
        spoken = self.folder / "spoken.wav"
        subprocess.run(["flite", "-voice", "slt", "-o", spoken, "-t",
                        "Good morning. My name is Anna. How can I help you today?"], check=True)
        done = self.run_audit(spoken, "--language", "en", seconds=120)
        self.assertEqual(done.returncode, 0, done)
        audit = json_lines(done.stdout)[0]
        self.assertIs(audit["auditable"], True)
        # One channel: nobody can say who spoke.
        self.assertIs(audit["heard"]["speakers_known"], False)
        self.assertEqual(criterion(audit, "saludo_correcto")["outcome"], "unknown")
        self.assertIn("good morning", str(criterion(audit, "saludo_correcto")).lower())

    def test_silence_is_not_auditable_and_no_failure(self):
        for name, content in (("pcm16.wav", wav_bytes(bytes(2 * 8000 * 5))),
                              ("pcm8.wav", wav_bytes(b"\x80" * 8000 * 5, bits=8)),
                              ("ulaw.wav", wav_bytes(b"\xff" * 8000 * 5, bits=8, form=7)),
                              ("alaw.wav", wav_bytes(b"\xd5" * 8000 * 5, bits=8, form=6)),
                              ("two.wav", wav_bytes(bytes(4 * 8000 * 5), channels=2))):
            with self.subTest(name=name):
                audit = self.audit(content, "--language", "en", name=name)
                self.assertIs(audit["auditable"], False)
                self.assertEqual(audit["reason"], "no_speech")
                self.assertIsNone(audit["quality_score"])
                self.assertEqual(audit["duration_s"], 5)
                self.assertEqual(audit["heard"]["speech_s"], 0)

    def test_silence_needs_no_engine(self):
        audit = self.audit(wav_bytes(bytes(2 * 8000 * 5)), "--language", "es", name="silence.wav")
        self.assertEqual((audit["auditable"], audit["reason"]), (False, "no_speech"))

    def test_zero_seconds(self):
        done = self.run_audit(self.write("zero.wav", wav_bytes(b"")), "--language", "en")
        line = json_lines(done.stdout)[0]
        if done.returncode == 0:
            self.assertEqual((line["auditable"], line["reason"], line["quality_score"]), (False, "no_speech", None))
        else:
            self.assertEqual((done.returncode, line["error"]["code"]), (2, "Invalid"))

    def test_text_named_mp3(self):
        done = self.run_audit(self.write("call.mp3", "Agente: Hola\nCliente: Bueno\n" * 40), "--language", "en")
        error = json_lines(done.stdout)[0]["error"]
        self.assertIn((error["code"], done.returncode), (("Invalid", 2), ("Unsupported", 6)))
        self.assertNotIn("Agente", error["message"])

    def test_random_bytes_named_as_audio(self):
        for name in ("noise.wav", "noise.ogg", "noise.flac", "noise.bin"):
            with self.subTest(name=name):
                content = bytes((index * 7919 + index // 251) % 256 for index in range(20000))
                done = self.run_audit(self.write(name, content), "--language", "en")
                self.assertIn(done.returncode, (2, 6), done)
                self.assertIn(json_lines(done.stdout)[0]["error"]["code"], ("Invalid", "Unsupported"))

    def test_a_truncated_mp3_gives_an_answer(self):
        whole = (RECORDINGS / "good-call.mp3").read_bytes()
        done = self.run_audit(self.write("cut.mp3", whole[:24000]), *self.ENGLISH)
        line = json_lines(done.stdout)[0]
        if done.returncode == 0:
            self.assertLess(line["duration_s"], 10)
            self.assertGreater(line["duration_s"], 0)
        else:
            self.assertEqual(line["error"]["code"], "Invalid", line)

    def test_three_hours_of_silence_stay_within_bounded_memory(self):
        path = self.folder / "long.wav"
        seconds, rate = 3 * 3600, 8000
        head = wav_bytes(b"", rate=rate)
        data = seconds * rate * 2
        with path.open("wb") as file:  # a sparse file: it costs no room
            file.write(head[:4] + struct.pack("<I", 36 + data) + head[8:40] + struct.pack("<I", data))
            file.truncate(len(head) + data)
        done, memory = run_measured("audit", "--json", "--language", "en", path)
        self.assertEqual(done.returncode, 0, done)
        audit = json_lines(done.stdout)[0]
        self.assertEqual((audit["duration_s"], audit["reason"]), (seconds, "no_speech"))
        self.assertLess(memory, 160 << 20)

    def test_a_broken_recording_among_good_ones(self):
        silent = self.write("silent.wav", wav_bytes(bytes(16000)))
        broken = self.write("broken.wav", b"RIFF\x00\x00\x00\x00WAVEfmt ")
        call = self.write("call.json", good_call())
        done = self.run_audit(silent, broken, call, "--language", "en")
        lines = json_lines(done.stdout)
        self.assertEqual(len(lines), 3)
        self.assertIn((lines[1]["error"]["code"], done.returncode), (("Invalid", 2), ("Unsupported", 6)))
        self.assertEqual(lines[0]["reason"], "no_speech")
        self.assertEqual(lines[2]["quality_score"] is not None, True)


@unittest.skipUnless((SHARED / "samples").is_dir(), "wants ../shared/samples")
class Samples(AuditCase):
    """Recordings of real people."""

    def test_short_english_in_each_format(self):
        for name in ("speech-en-16k-mulaw.wav", "speech-16k-stereo.wav", "speech-short.mp3"):
            with self.subTest(name=name):
                done = self.run_audit(SHARED / "samples" / name, "--language", "en", "--agent-channel", "0")
                self.assertEqual(done.returncode, 0, done)
                audit = json_lines(done.stdout)[0]
                self.assertGreater(audit["duration_s"], 0.3)
                self.assertRegex(audit["receipt"]["audio_sha256"], r"^[0-9a-f]{64}$")

    def test_a_wav_without_its_header_is_refused(self):
        done = self.run_audit(SHARED / "samples/broken-no-header.wav", "--language", "en")
        self.assertIn(done.returncode, (2, 6), done)
        self.assertIn(json_lines(done.stdout)[0]["error"]["code"], ("Invalid", "Unsupported"))

    def test_spanish_speech_without_an_engine_names_the_setting(self):
        message = self.refuse(SHARED / "samples/speech-es-mx-16k-mono.wav", "Unsupported", 6, "--language", "es")
        self.assertIn("speech.engine", message)


class Words(unittest.TestCase):
    def test_help_leads_with_examples_in_spanish_or_english(self):
        for arguments, env, first, other in (
                (("--help",), environment(LANG=""), "Ejemplos:", "Examples:"),
                (("audit", "--help"), environment(LANG=""), "Ejemplos:", "Examples:"),
                (("audit", "--help", "--ui-language", "en"), environment(LANG=""), "Examples:", "Ejemplos:"),
                (("--ui-language", "en", "--help"), environment(LANG="es_AR.UTF-8"), "Examples:", "Ejemplos:"),
                (("--help",), environment(LANG="en_US.UTF-8"), "Examples:", "Ejemplos:"),
                (("--help",), environment(LANG="es_AR.UTF-8"), "Ejemplos:", "Examples:")):
            with self.subTest(arguments=arguments, lang=env["LANG"]):
                done = run_program(*arguments, env=env)
                self.assertEqual(done.returncode, 0, done)
                text = done.stdout.decode()
                self.assertIn(first, text)
                self.assertNotIn(other, text)
                self.assertIn(first, "\n".join(text.splitlines()[:6]))
                self.assertIn("oidor audit", text)

    def test_a_wrong_command_is_a_fault_on_stderr(self):
        done = run_program("adit")
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual(done.stdout, b"")
        self.assertIn(b"adit", done.stderr)
        self.assertIn(b"--help", done.stderr)

    def test_no_command_at_all_shows_the_help(self):
        done = run_program()
        self.assertIn(b"Ejemplos", done.stdout + done.stderr)

    def test_the_version_is_json_on_demand(self):
        done = run_program("version", "--json")
        self.assertEqual(done.returncode, 0, done)
        self.assertIn("version", json_lines(done.stdout)[0])


if __name__ == "__main__":
    unittest.main()
