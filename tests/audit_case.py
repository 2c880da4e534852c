"""What the tests of `oidor audit` share: transcripts of every form, and a case that runs the program."""

import json
import math
import os
import pathlib
import struct
import tempfile
import unittest

import harness
from harness import json_lines, run_program

RECORDINGS = harness.ROOT / "tests/recordings"
SHARED = pathlib.Path(os.environ.get("OIDOR_TEST_SHARED", harness.ROOT.parent / "shared"))

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


def tone(seconds, rate=8000):
    """A sound that glides as a voice does: one that keeps its pitch is taken for ringing."""
    return b"".join(struct.pack("<h", int(9000 * math.sin(index * 0.5 + 40 * math.sin(index * 0.0024))))
                    for index in range(int(seconds * rate)))


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
