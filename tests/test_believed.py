"""What is made of an engine's reply, seen from outside: loops, swapped channels, speakers without a channel, voicemail."""

import json
import unittest
from unittest import mock

import harness
import speech_case
from audit_case import AuditCase, criterion

LOOP = " ".join(["no le puedo decir"] * 12)
VOICEMAIL = ((0, "slt", "I cannot come to the phone, leave a message after the tone.", 500,
              "En este momento no puedo atenderte, deja tu mensaje después del tono."),)


def turns_with(place, text):
    """The known call in which one turn is heard so."""
    turns = list(speech_case.TURNS)
    turns[place] = turns[place][:4] + (text,)
    return tuple(turns)


class Believed(AuditCase):
    def hear(self, turns, *arguments):
        """(the audit, how often the engine was asked for a channel) of a call with these turns."""
        with mock.patch.object(speech_case, "TURNS", turns), speech_case.KnownCall() as call:
            done = self.run_audit(call.audio, "--language", "es", *arguments,
                                  env=harness.environment(**call.env("openai")))
            self.assertEqual(done.returncode, 0, done)
            return json.loads(done.stdout), len(call.openai.asked)

    def test_a_loop_is_asked_for_once_more_and_fails_nobody(self):
        believed, once = self.hear(speech_case.TURNS, "--agent-channel", "0")
        self.assertNotIn("suspect", believed["review_reasons"])
        audit, twice = self.hear(turns_with(0, LOOP), "--agent-channel", "0")
        self.assertEqual(twice, 2 * once)
        self.assertIn("suspect", audit["review_reasons"])
        self.assertIn("suspect: 1 of 5 segments", audit["quality_note"])
        self.assertIs(believed["ofrece_ayuda"], True)
        self.assertEqual(criterion(audit, "ofrece_ayuda")["outcome"], "unknown")
        self.assertIsNone(audit["ofrece_ayuda"])

    def test_speakers_are_named_by_what_they_say(self):
        audit, _ = self.hear(speech_case.TURNS)
        self.assertIs(audit["heard"]["speakers_known"], True)
        self.assertIs(audit["saludo_correcto"], True)

    def test_swapped_channels_judge_nobody(self):
        audit, _ = self.hear(speech_case.TURNS, "--agent-channel", "1")
        self.assertIn("channels_swapped", audit["review_reasons"])
        self.assertIs(audit["heard"]["speakers_known"], False)
        self.assertIsNone(audit["saludo_correcto"])

    def test_a_voicemail_is_not_audited(self):
        audit, _ = self.hear(VOICEMAIL)
        self.assertIs(audit["auditable"], False)
        self.assertEqual(audit["reason"], "voicemail")
        self.assertIsNone(audit["quality_score"])


if __name__ == "__main__":
    unittest.main()
