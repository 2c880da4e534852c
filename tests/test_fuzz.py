"""A bounded part of the fuzzing, with a fixed seed; `./dev fuzz NAME` goes on for as long as it is told to."""

import pathlib
import stat
import tempfile
import unittest

import fuzz
import harness


class Fuzz(unittest.TestCase):
    def assert_no_fault(self, name, runs_max):
        runs, faults = fuzz.fuzz(name, seconds=60, seed="bounded", runs_max=runs_max)
        self.assertEqual(faults, [])
        self.assertGreaterEqual(runs, runs_max // 4)  # A slow machine does fewer.

    def test_no_transcript_breaks_the_audit(self):
        self.assert_no_fault("audit", 200)

    def test_no_transcript_breaks_the_search_for_identifiers(self):
        self.assert_no_fault("redact", 150)

    def test_no_audio_breaks_the_decoder(self):
        self.assert_no_fault("decode", 12)

    def test_no_list_breaks_its_import(self):
        self.assert_no_fault("list", 200)

    def test_no_body_breaks_the_server(self):
        self.assert_no_fault("webhook", 400)

    def test_no_signed_body_breaks_the_server(self):
        self.assert_no_fault("net2phone", 200)

    def test_no_form_breaks_the_server(self):
        self.assert_no_fault("upload", 120)


class TheFuzzerItself(unittest.TestCase):
    def test_it_sees_a_crash_and_a_silence(self):
        with tempfile.TemporaryDirectory() as folder:
            program = pathlib.Path(folder) / "program"
            for body in ("kill -SEGV $$", "exit 0", "echo nonsense", 'echo "{}"; exit 1'):
                program.write_text(f"#!/bin/sh\n{body}\n")
                program.chmod(program.stat().st_mode | stat.S_IXUSR)
                with self.subTest(body=body), self.assertRaises(fuzz.Fault):
                    fuzz.judge_cli(harness.run_program(program=program))
            program.write_text("#!/bin/sh\necho '{\"error\": {}}'; exit 2\n")
            fuzz.judge_cli(harness.run_program(program=program))


if __name__ == "__main__":
    unittest.main()
