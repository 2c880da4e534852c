"""`oidor audit` on audio: real recordings, made ones, and what is no audio."""

import math
import pathlib
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

import harness
from harness import environment, json_lines
from audit_case import tone, AuditCase, RECORDINGS, SHARED, criterion, good_call, wav_bytes


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

    def test_a_truncated_mp3_is_told_and_not_judged(self):
        whole = (RECORDINGS / "good-call.mp3").read_bytes()
        done = self.run_audit(self.write("cut.mp3", whole[:24000]), *self.ENGLISH)
        error = json_lines(done.stdout)[0]["error"]
        self.assertEqual((done.returncode, error["code"]), (2, "Invalid"), error)
        self.assertIn("cut short: it ends after 3.9 s", error["message"])

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


if __name__ == "__main__":
    unittest.main()
