"""What the tests of speech engines share: a call whose words are known, simulators that know it, settings for each engine."""

import importlib.util
import json
import pathlib
import struct
import subprocess
import sys
import tempfile
import wave

import harness

SPEECH = harness.ROOT / "src/speech"
KEY = "k-speech-secret"
RATE = 16_000
FAKE_WHISPER = SPEECH / "whisper_server/testing/fake_whisper_server.py"
# Who says what, by which voice, and how long nobody speaks before it. The words that are "heard" are Spanish.
TURNS = ((0, "kal16", "Good morning, thank you for calling.", 500, "Buenos días, le habla Lucía. ¿En qué puedo ayudarte?"),
         (1, "slt", "I want to change the address.", 700, "Quiero cambiar mi dirección."),
         (0, "kal16", "Of course, I will do that now.", 6_000, "Con gusto, lo hago ahora mismo."),
         (1, "slt", "Thank you very much.", 600, "Muchas gracias."),
         (0, "kal16", "Goodbye and have a nice day.", 500, "Hasta luego, que tenga un buen día."))


def load(name, path):
    """A module by its file: several are called simulator.py."""
    spec = importlib.util.spec_from_file_location(name, path)
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    spec.loader.exec_module(module)
    return module


catalogue = load("speech_catalogue", SPEECH / "speech_catalogue.py")
openai_simulator = load("openai_speech_simulator", SPEECH / "openai/simulator.py")
azure_simulator = load("azure_speech_simulator", SPEECH / "azure/simulator.py")


def speak(voice, sentence, folder):
    path = pathlib.Path(folder) / "spoken.wav"
    subprocess.run(["flite", "-voice", voice, "-t", sentence, "-o", path], check=True)
    with wave.open(str(path)) as audio:
        assert (audio.getframerate(), audio.getnchannels(), audio.getsampwidth()) == (RATE, 1, 2)
        return audio.readframes(audio.getnframes())


def write_call(folder, channels=2):
    """`call.wav` and its catalogue `calls.json` in `folder`; what the catalogue says."""
    tracks, segments, at = [bytearray() for _ in range(2)], [], 0
    for channel, voice, sentence, pause, heard in TURNS:
        spoken = speak(voice, sentence, folder)
        spoken = spoken[:len(spoken) // (RATE // 500) * (RATE // 500)]  # whole milliseconds
        length = len(spoken) * 1000 // (2 * RATE)
        start = at + pause
        for number, track in enumerate(tracks):
            track += bytes(pause * RATE // 500) + (spoken if number == channel else bytes(len(spoken)))
        segments.append({"channel": channel if channels == 2 else 0, "voice": channel, "start_ms": start,
                         "end_ms": start + length, "text": heard})
        at = start + length
    tail = bytes(RATE)
    words = [memoryview(bytes(track + tail)).cast("h") for track in tracks]
    with wave.open(str(pathlib.Path(folder) / "call.wav"), "wb") as audio:
        audio.setnchannels(channels)
        audio.setsampwidth(2)
        audio.setframerate(RATE)
        if channels == 2:
            audio.writeframes(b"".join(struct.pack("<2h", *pair) for pair in zip(*words)))
        else:
            audio.writeframes(b"".join(struct.pack("<h", a + b) for a, b in zip(*words)))
    entry = {"audio": "call.wav", "language": "es", "segments": segments}
    (pathlib.Path(folder) / "calls.json").write_text(json.dumps({"recordings": [entry]}), encoding="utf-8")
    return entry


def settings_of(engine, sim=None, folder=None):
    """The environment by which the program uses an engine."""
    env = {"OIDOR_SPEECH_ENGINE": engine}
    if engine.startswith("azure"):
        env |= {"AZURE_SPEECH_KEY": KEY, "OIDOR_SPEECH_AZURE_URL": sim.url, "OIDOR_SPEECH_AZURE_LOCALES": "es-AR"}
    elif engine == "openai":
        env |= {"OIDOR_SPEECH_OPENAI_URL": sim.url, "OIDOR_SPEECH_OPENAI_MODEL": "whisper-1",
                "OIDOR_SPEECH_OPENAI_API_KEY": KEY}
    elif engine == "whisper_server":
        model = pathlib.Path(folder) / "ggml-test.bin"
        if not model.exists():
            model.write_text(json.dumps({"catalogue": "calls.json", "runs": [{}]}), encoding="utf-8")
        env |= {"OIDOR_SPEECH_WHISPER_SERVER_PROGRAM": FAKE_WHISPER, "OIDOR_SPEECH_WHISPER_SERVER_MODEL": model}
    return env


class KnownCall:
    """The call, its catalogue and both simulators, as long as the context lasts."""

    def __init__(self, channels=2):
        self.folder = tempfile.TemporaryDirectory(prefix="oidor-speech-")
        self.path = pathlib.Path(self.folder.name)
        self.entry = write_call(self.path, channels)
        self.audio = self.path / "call.wav"
        known = catalogue.Catalogue.load(self.path / "calls.json")
        self.openai = openai_simulator.OpenAiSimulator(catalogue=known, key=KEY)
        self.azure = azure_simulator.AzureSimulator(catalogue=known, key=KEY)

    def __enter__(self):
        self.openai.__enter__()
        self.azure.__enter__()
        return self

    def __exit__(self, *_):
        self.openai.__exit__()
        self.azure.__exit__()
        self.folder.cleanup()

    def env(self, engine):
        return settings_of(engine, self.azure if engine.startswith("azure") else self.openai, self.path)
