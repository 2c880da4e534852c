"""`oidor measure`: what is found of faults that were put into made calls, and what is said of bad input."""

import base64
import json
import pathlib
import random
import shutil
import struct
import subprocess
import sys
import unittest

import harness
from harness import json_lines, run_program
from audit_case import AuditCase, RECORDINGS, tone, wav_bytes

sys.path.insert(0, str(harness.ROOT / "scripts"))

import audio_faults  # noqa: E402
import audio_scores  # noqa: E402
import audio_sounds  # noqa: E402
import measure_audio  # noqa: E402

SENTENCES = audio_sounds.SENTENCES[:9]
VOICES = ("kal16", "slt", "rms")
COUNT, SEED, SECONDS = 2 * len(audio_faults.KINDS), "bounded", (8, 14)


class Faults(unittest.TestCase):
    """Two recordings of each kind; docs/reference/audio.md has figures of many."""

    @classmethod
    def setUpClass(cls):
        if not (shutil.which("flite") and shutil.which("ffmpeg")):
            raise AssertionError("flite and ffmpeg are among what the tests need")
        speech = audio_sounds.Speech(VOICES, SENTENCES)
        cls.scores, cls.items = measure_audio.score(harness.PROGRAM, COUNT, SEED, speech, SECONDS)

    def test_every_kind_is_there(self):
        self.assertEqual({item["kind"] for item in self.items}, set(audio_faults.KINDS))

    def test_faults_of_a_whole_recording_are_found_and_nowhere_else(self):
        for name, tally in self.scores.flags.items():
            with self.subTest(name=name):
                self.assertEqual((tally.missed, tally.false), (0, 0), tally.examples)
        for name in ("identical", "clipped", "truncated"):
            self.assertEqual(self.scores.flags[name].hits, 2)

    def test_stretches_are_found(self):
        for name in ("music", "keys", "tones", "dead_air"):
            with self.subTest(name=name):
                tally = self.scores.stretches[name]
                self.assertGreater(tally.hits, 0)
                self.assertGreaterEqual(tally.recall["value"], 0.75, tally.examples)
                self.assertLessEqual(tally.false, 1, tally.examples)

    def test_speech_is_found(self):
        speech = self.scores.speech
        self.assertGreater(speech["both"] / speech["true"], 0.9)
        self.assertGreater(speech["both"] / speech["found"], 0.85)

    def test_a_page_is_made_of_it(self):
        text = measure_audio.page(type("Options", (), {"count": COUNT, "seed": SEED}), self.scores, self.items)
        self.assertIn("## Stretches", text)
        self.assertNotIn("{", text)


class Scoring(unittest.TestCase):
    """The measuring rod itself."""

    def test_a_half_covered_stretch_is_found_and_one_elsewhere_is_a_false_alarm(self):
        scores = audio_scores.Scores()
        scores.add_stretches("music", [(10, 20), (30, 40)], [(15, 20), (30, 34), (50, 60)], 0.5, "a")
        tally = scores.stretches["music"]
        self.assertEqual((tally.hits, tally.missed, tally.false, tally.hours), (1, 1, 1, 0.5))

    def test_a_cut_counts_for_its_side_and_moment(self):
        truth = {"cuts": [(5.0, 1), (9.0, 0)], "speech": [[], []], "responses": None}
        scores = audio_scores.Scores()
        scores.add_cuts(truth, {"interruptions": [[5300, 1, 0], [9100, 1, 0]], "channels": []}, 1, "a")
        tally = scores.stretches["cuts"]
        self.assertEqual((tally.hits, tally.missed, tally.false), (1, 1, 1))

    def test_speech_is_joined_before_it_is_measured(self):
        self.assertEqual(audio_scores.joined([(3, 5), (0, 1), (1, 2), (4, 4.5)]), [(0, 2), (3, 5)])

    def test_pauses_end_phrases(self):
        voice = audio_sounds.beep(300, 0.5)
        spoken = audio_sounds.silence(0.3) + voice + audio_sounds.silence(0.2) + voice + audio_sounds.silence(1) + voice
        lengths = [round(audio_sounds.length(phrase), 1) for phrase in audio_sounds.phrases_of(spoken)]
        self.assertEqual(lengths, [1.2, 0.5])

    def test_the_same_seed_makes_the_same_call(self):
        speech = type("Speech", (), {"phrases": {"a": [], "b": []},
                                     "say": lambda self, source, voice, **limits: audio_sounds.beep(300, source.uniform(1, 4))})()
        first, second = (audio_faults.Call(speech, random.Random("x"), 20) for _ in range(2))
        self.assertEqual(first.truth(), second.truth())
        self.assertEqual(first.sides, second.sides)


class Measure(AuditCase):
    def measure(self, *arguments, seconds=60):
        return run_program("measure", *arguments, seconds=seconds)

    def one(self, content, name="a.wav", *words):
        done = self.measure("--json", *words, self.write(name, content))
        self.assertEqual(done.returncode, 0, done)
        return json_lines(done.stdout)[0]["audio"]

    def test_a_recording_of_two_channels(self):
        done = self.measure("--json", RECORDINGS / "good-call.mp3")
        self.assertEqual(done.returncode, 0, done)
        audio = json_lines(done.stdout)[0]["audio"]
        self.assertEqual([audio["container"], len(audio["channels"]), audio["warnings"]], ["mp3", 2, []])
        self.assertGreater(audio["channels"][0]["talk_ms"], 5000)
        self.assertGreater(audio["channels"][1]["responses"]["count"], 1)
        self.assertIs(audio["identical_channels"], False)
        self.assertNotIn("peaks", audio)

    def test_words_for_people_in_both_languages(self):
        for language, word in (("es", "Canal 0"), ("en", "Channel 0")):
            done = self.measure("--ui-language", language, RECORDINGS / "good-call.mp3")
            self.assertEqual(done.returncode, 0, done)
            self.assertIn(word, done.stdout.decode())

    def test_an_hour_has_peaks_below_40_kb(self):
        path = self.folder / "hour.wav"
        data = 3600 * 8000 * 2
        head = wav_bytes(b"", bits=8, channels=2, form=1)
        with path.open("wb") as file:  # a sparse file: it costs no room
            file.write(head[:4] + struct.pack("<I", 36 + data) + head[8:40] + struct.pack("<I", data))
            file.truncate(len(head) + data)
        audio = json_lines(self.measure("--json", "--peaks", path).stdout)[0]["audio"]
        peaks = audio["peaks"]
        self.assertLess(len(json.dumps(peaks)), 40_000)
        for channel in peaks["channels"]:
            bytes_of = base64.urlsafe_b64decode(channel + "=" * (-len(channel) % 4))
            self.assertGreaterEqual(len(bytes_of) * peaks["every_ms"], 3_600_000)

    def test_a_tenth_of_a_second(self):
        audio = self.one(wav_bytes(tone(0.1)))
        self.assertEqual((audio["duration_ms"], audio["truncated"], audio["warnings"]), (100, False, []))

    def test_six_channels_at_48_khz(self):
        samples = b"".join(struct.pack("<6h", *(index * (channel + 3) * 37 % 9000 for channel in range(6)))
                           for index in range(48000))
        audio = self.one(wav_bytes(samples, rate=48000, channels=6))
        self.assertEqual((audio["sample_rate_hz"], len(audio["channels"]), audio["duration_ms"]), (48000, 6, 1000))

    def test_m4a_plain_aac_and_webm(self):
        source = self.write("a.wav", wav_bytes(tone(2)))
        for name, encoder, codec in (("a.m4a", "aac", "aac"), ("a.aac", "aac", "aac"), ("a.webm", "libopus", "opus")):
            path = self.folder / name
            subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-c:a", encoder, path], check=True)
            audio = json_lines(self.measure("--json", path).stdout)[0]["audio"]
            self.assertEqual(audio["codec"], codec)
            self.assertLess(abs(audio["duration_ms"] - 2000), 200)
            self.assertIs(audio["truncated"], False)

    def test_an_mp3_with_a_wrong_header_is_whole(self):
        source, path = self.write("a.wav", wav_bytes(tone(4))), self.folder / "vbr.mp3"
        subprocess.run(["ffmpeg", "-v", "error", "-i", source, "-c:a", "libmp3lame", "-q:a", "6", path], check=True)
        data = bytearray(path.read_bytes())
        at = data.index(b"Xing") + 8
        data[at:at + 4] = struct.pack(">I", 3 * struct.unpack(">I", data[at:at + 4])[0])
        audio = self.one(bytes(data), "vbr.mp3")
        self.assertEqual((audio["warnings"], audio["truncated"]), (["wrong_header"], False))
        self.assertLess(abs(audio["duration_ms"] - 4000), 300)

    def test_bad_input_is_named(self):
        samples = b"".join(struct.pack("<h", (index * 7919) % 23 - 11) for index in range(20000))
        cases = (("empty.wav", b"", "Invalid", 2), ("zero.wav", wav_bytes(b""), "Invalid", 2),
                 ("text.mp3", "Agente: Hola\nCliente: Bueno\n" * 40, "Unsupported", 6),
                 ("no-header.wav", samples, "Unsupported", 6))
        for name, content, code, status in cases:
            with self.subTest(name=name):
                done = self.measure("--json", self.write(name, content))
                self.assertEqual((done.returncode, json_lines(done.stdout)[0]["error"]["code"]), (status, code), done)
        done = self.measure(self.folder / "absent.wav")
        self.assertEqual(done.returncode, 4, done)
        self.assertEqual(self.measure().returncode, 2)

    def test_more_than_six_hours_are_too_long(self):
        path = self.folder / "long.wav"
        rate, seconds = 4000, 6 * 3600 + 1
        head = wav_bytes(b"", rate=rate, bits=8)
        with path.open("wb") as file:
            file.write(head[:4] + struct.pack("<I", 36 + rate * seconds) + head[8:40] + struct.pack("<I", rate * seconds))
            file.truncate(len(head) + rate * seconds)
        done = self.measure("--json", path)
        self.assertEqual(json_lines(done.stdout)[0]["error"]["code"], "TooLarge", done)

    def test_a_broken_one_does_not_stop_the_rest(self):
        self.write("a.wav", b"")
        self.write("b.wav", wav_bytes(tone(1)))
        done = self.measure("--json", pathlib.Path(self.folder))
        self.assertEqual(done.returncode, 2, done)
        self.assertEqual([("error" in line, "audio" in line) for line in json_lines(done.stdout)],
                         [(True, False), (False, True)])


if __name__ == "__main__":
    unittest.main()
