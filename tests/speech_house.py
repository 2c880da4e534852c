"""What the tests of hearing's costs share: spoken calls whose words are known, and a server that has them heard by the
stand-in for OpenAI's transcription."""

import array
import functools
import json
import pathlib
import struct
import subprocess
import sys
import tempfile

import harness
from webhook_case import Files, event

sys.path.insert(0, str(harness.ROOT / "src/speech/openai"))
sys.path.insert(0, str(harness.ROOT / "src/speech"))
from simulator import OpenAiSimulator  # noqa: E402 - lies beside the engine's code
from speech_catalogue import Catalogue  # noqa: E402

RATE = 16000
KEY = "sk-simulated"
PRICE = 0.36  # of an hour
# Channel, what is spoken, what the stand-in says of it, and the silence before it.
TURNS = ((0, "Good morning, thank you for calling. How can I help you today?", "Buenos días, le habla Lucía de Ventas.", 0.5),
         (1, "I have been waiting for the technician since Monday.", "Espero al técnico desde el lunes.", 0.6),
         (0, "We will send somebody tomorrow between nine and eleven.", "Mañana le enviamos a alguien, que tenga buen día.", 6.0))


def speak(text, folder):
    path = pathlib.Path(folder) / "spoken.wav"
    subprocess.run(["flite", "-voice", "slt", "-t", text, "-o", path], check=True)
    data = path.read_bytes()
    at = data.index(b"data")
    samples = array.array("h")
    samples.frombytes(data[at + 8:at + 8 + struct.unpack_from("<I", data, at + 4)[0]])
    return samples


@functools.cache
def spoken_turns():
    with tempfile.TemporaryDirectory(prefix="oidor-spoken-") as folder:
        return tuple(speak(text, folder) for _, text, _, _ in TURNS)


@functools.cache
def make_call(number):
    """(bytes of a WAV file with a channel for each side, its entry in a catalogue); another number, other bytes."""
    sides, segments, at = ([], []), [], 0
    for (channel, _, words, pause), samples in zip(TURNS, spoken_turns()):
        at += int(pause * RATE)
        segments.append({"channel": channel, "start_ms": at * 1000 // RATE, "end_ms": (at + len(samples)) * 1000 // RATE,
                         "text": words})
        sides[channel].append((at, samples))
        at += len(samples)
    whole = [array.array("h", bytes(2 * (at + RATE))) for _ in sides]
    for side, parts in zip(whole, sides):
        for begin, samples in parts:
            side[begin:begin + len(samples)] = samples
    whole[0][0] = number
    data = array.array("h", [sample for pair in zip(*whole) for sample in pair]).tobytes()
    wav = (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt " + struct.pack("<IHHIIHH", 16, 1, 2, RATE, 4 * RATE, 4, 16)
           + b"data" + struct.pack("<I", len(data)) + data)
    return wav, {"audio": f"call-{number}.wav", "language": "es", "segments": segments}


def open_simulator(numbers, **more):
    """A stand-in that knows these calls; to be entered."""
    with tempfile.TemporaryDirectory(prefix="oidor-catalogue-") as folder:
        for number in numbers:
            (pathlib.Path(folder) / f"call-{number}.wav").write_bytes(make_call(number)[0])
        return OpenAiSimulator(catalogue=Catalogue.of([make_call(number)[1] for number in numbers], folder), key=KEY, **more)


def speech_env(simulator, **more):
    return {"OIDOR_SPEECH_ENGINE": "openai", "OIDOR_SPEECH_OPENAI_URL": simulator.url, "OIDOR_SPEECH_OPENAI_MODEL": "whisper-1",
            "OIDOR_SPEECH_OPENAI_API_KEY": KEY, "OIDOR_AGENT_CHANNEL": "0", "OIDOR_WORKERS_COUNT": "2",
            "OIDOR_SPEECH_PRICES": f"openai {PRICE}/h step=0s", "OIDOR_SPEECH_BUDGET_TIME_ZONE": "UTC", **more}


class SpeechHouse:
    """A server, its PBX's files and the stand-in; as a context."""

    def __init__(self, numbers=(1,), simulator=None, **env):
        self.simulator = simulator or open_simulator(numbers)
        self.files, self.env = Files(), env

    def __enter__(self):
        self.simulator.__enter__()
        account = "OIDOR_ACCOUNTS_ANURA_DEFAULT_"
        self.server = harness.Server(env=speech_env(self.simulator, **{
            account + "PRIVATE_HOSTS": f"127.0.0.1:{self.files.port}", account + "RECORDING_RETRY_DELAYS": "100ms",
            account + "RECORDING_GIVE_UP_AFTER": "5s", **self.env}))
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("agents", "set", "300", "--name", "Lucía")):
            done = self.server.cli(*words)
            assert done.returncode == 0, done
        self.pbx = self.server.create_key("webhook:anura/default")
        self.reader = self.server.create_key("audits:read", "content:read", "admin")
        return self

    def __exit__(self, *_):
        self.server.remove_data()
        self.files.close()
        self.simulator.__exit__(None, None, None)

    def announce(self, cdrid, number, **more):
        """A call with the recording of this number."""
        url = self.files.put(f"/{number}.wav", (200, "audio/wav", make_call(number)[0]))
        answer = self.server.post("/webhook/anura/", event(cdrid, wasrecorded="true", audio_file_wav=url, **more),
                                  headers={"X-API-Key": self.pbx})
        assert answer.status == 200, answer

    def wait(self, cdrid, state, seconds=60):
        return self.server.wait_for_conversation(self.reader, cdrid, state, seconds=seconds)

    def get(self, path):
        answer = self.server.get(path, key=self.reader)
        assert answer.status == 200, answer
        return answer.json()

    def calls_of(self, item):
        return self.get(f"/api/v1/conversations/{item['id']}/costs")["items"]

    def json(self, *words):
        done = self.server.cli(*words, "--json")
        assert done.returncode == 0, done
        return [json.loads(line) for line in done.stdout.decode().splitlines()]
