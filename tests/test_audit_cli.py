"""`oidor audit` as a user meets it: transcripts of every form, broken inputs, and the words it says."""

import json
import pathlib
import time
import unicodedata
import unittest

import harness
from harness import environment, json_lines, run_program
from audit_case import (
    tone, AUDIT_MEMBERS, AuditCase, BYE, GREETING, HELP, RECEIPT_MEMBERS, azure_batch, azure_fast, criterion,
    good_call, openai_verbose, phrase_call, segment, transcript, wav_bytes)


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
        self.assertEqual(audit["receipt"]["scoring"], "3")
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

    def test_what_only_sounds_like_a_forbidden_phrase_is_none(self):
        said = [segment("agent", "Hola, no se preocupe. No se escucha bien, no se retire.", 0, 5000)]
        self.assertEqual(self.audit(transcript(*said))["palabras_prohibidas"], [])
        for words in ("Eso no sé decirle.", unicodedata.normalize("NFD", "Eso NO SÉ decirle.")):
            audit = self.audit(transcript(segment("agent", words, 0, 5000)))
            self.assertEqual(audit["palabras_prohibidas"], ["no sé"], words)

    def test_a_call_of_which_nothing_was_judged_has_no_score(self):
        customer = self.audit(transcript(segment("customer", "Hola, quiero una baja.", 0, 5000)))
        self.assertEqual((customer["auditable"], customer["quality_score"], customer["quality_category"]),
                         (True, None, None))
        self.assertTrue(customer["needs_review"])
        machine = self.audit(transcript(segment("ivr", "Marque uno para ventas.", 0, 5000)))
        self.assertEqual((machine["auditable"], machine["reason"]), (False, "no_speech"))

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

    def test_what_a_folder_hides_is_told_and_the_rest_is_audited(self):
        folder = self.folder / "calls"
        (folder / "below").mkdir(parents=True)
        (folder / "below/good.txt").write_text("Agente: Buenos días", "utf-8")
        (folder / "loop").symlink_to("loop")
        (folder / "gone.txt").symlink_to("nowhere.txt")
        (folder / "again").symlink_to("below")
        done = self.run_audit(folder)
        lines = {pathlib.Path(line["input"]).name: line.get("error", {}).get("code")
                 for line in json_lines(done.stdout)}
        self.assertEqual(lines, {"good.txt": None, "loop": "NotFound", "gone.txt": "NotFound", "again": "Invalid"})
        self.assertEqual(done.returncode, 2, "the code of the first failure")

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
