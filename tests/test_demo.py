"""The day of calls that `./dev demo --once` plays: the table it prints, and that its recordings were really heard."""

import json
import unittest

import demo
import harness

# Words of tests/recordings/dialogues.txt that recognition gets right; nothing but the audio holds them.
HEARD_WORDS = {
    "good-call.mp3": ("good morning", "address"),
    "agent-says-forbidden.mp3": ("good morning", "impossible"),
    "customer-says-forbidden.mp3": ("good afternoon", "technician"),
    "no-greeting-long-silence.mp3": ("order", "monday"),
}


class Demo(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.day, pbx = demo.open_day()
        with pbx, demo.server_for(pbx) as server:
            cls.rows, cls.summary, reader = demo.play_day(server, pbx, cls.day)
            cls.calls = {item["external_id"]: server.get(f"/api/v1/conversations/{item['id']}", key=reader).json()
                         for item in server.list_conversations(reader)}
        cls.recorded = {call["vars"]["cdrid"]: call["recording"]["file"] for call in cls.day["calls"]
                        if "file" in call.get("recording", {})}

    def test_the_table_is_the_expected_one(self):
        harness.assert_golden(self, "demo.txt", demo.format_table(self.rows))

    def test_every_event_was_acknowledged(self):
        self.assertEqual(self.summary.acknowledged, self.summary.events)
        self.assertEqual(self.summary.not_acknowledged, [])
        self.assertEqual(self.summary.transcripts_stored, self.summary.transcripts)

    def test_every_call_is_there_once(self):
        wanted = sorted(call["vars"]["cdrid"] for call in self.day["calls"])
        self.assertEqual(sorted(self.calls), wanted)
        self.assertGreaterEqual(len(wanted), 24)

    def test_the_four_recordings_were_heard_by_recognition(self):
        heard = [row for row in self.rows if row["heard"] == "pocketsphinx"]
        self.assertEqual({self.recorded.get(row["call"]) for row in heard}, set(HEARD_WORDS))
        for call in self.day["calls"]:
            if self.recorded.get(call["vars"]["cdrid"]) in HEARD_WORDS and "transcript" not in call:
                self.assertNotIn("transcript_json", call)

    def test_the_words_of_the_recordings_are_in_their_transcripts(self):
        seen = set()
        for row in self.rows:
            if row["heard"] != "pocketsphinx":
                continue
            name = self.recorded[row["call"]]
            transcript = self.calls[row["call"]]["transcript"]
            said = " ".join(segment["text"] for segment in transcript["segments"]).lower()
            for words in HEARD_WORDS[name]:
                self.assertIn(words, said, name)
            self.assertTrue(all(0 < segment["confidence"] <= 1 for segment in transcript["segments"]), name)
            self.assertIn("demonstration", json.dumps(transcript), "the label of the engine")
            seen.add(name)
        self.assertEqual(seen, set(HEARD_WORDS))

    def test_each_channel_is_its_own_speaker(self):
        for row in self.rows:
            if row["heard"] == "pocketsphinx":
                segments = self.calls[row["call"]]["transcript"]["segments"]
                self.assertEqual({segment["speaker"] for segment in segments}, {"agent", "customer"})

    def test_the_quotes_of_a_heard_call_are_words_that_were_heard(self):
        quotes = 0
        for row in self.rows:
            if row["heard"] != "pocketsphinx":
                continue
            call = self.calls[row["call"]]
            for audit in call["audits"]:
                for evidence in (evidence for row in audit["criteria"] for evidence in row["evidence"]):
                    if "quote" in evidence:
                        self.assertIn(evidence["quote"], call["transcript"]["segments"][evidence["segment"]]["text"])
                        quotes += 1
        self.assertGreater(quotes, 6)

    def test_who_said_the_forbidden_phrase_decides(self):
        by_file = {self.recorded[row["call"]]: row for row in self.rows if row["heard"] == "pocketsphinx"}
        self.assertIn("forbidden_phrase", by_file["agent-says-forbidden.mp3"]["reviews"])
        self.assertNotIn("forbidden_phrase", by_file["customer-says-forbidden.mp3"]["reviews"])
        self.assertGreater(by_file["good-call.mp3"]["score"], by_file["no-greeting-long-silence.mp3"]["score"])

    def test_no_job_is_left_behind_and_no_call_is_open(self):
        open_calls = [name for name, call in self.calls.items() if call["state"] in ("open", "ended")]
        self.assertEqual(open_calls, [])


if __name__ == "__main__":
    unittest.main()
