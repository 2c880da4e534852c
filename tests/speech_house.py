"""What the tests of hearing's costs share: numbered calls of the same words, and a server that has them heard by the
stand-in for OpenAI's transcription."""

import functools
import json
import pathlib
import tempfile

import harness
from speech_case import KEY, catalogue, openai_simulator, settings_of, write_call
from webhook_case import Files, event

PRICE = 0.36  # of an hour


@functools.cache
def spoken_call():
    """(bytes, entry of a catalogue) of the one call that all are made of."""
    with tempfile.TemporaryDirectory(prefix="oidor-spoken-") as folder:
        entry = write_call(folder)
        return (pathlib.Path(folder) / "call.wav").read_bytes(), entry


def make_call(number):
    """(bytes, entry): another number is another file with the same words. Its last sample tells them apart."""
    data, entry = spoken_call()
    return data[:-2] + number.to_bytes(2, "little"), {**entry, "audio": f"call-{number}.wav"}


def open_simulator(numbers, **more):
    """A stand-in that knows these calls; to be entered."""
    with tempfile.TemporaryDirectory(prefix="oidor-catalogue-") as folder:
        for number in numbers:
            (pathlib.Path(folder) / f"call-{number}.wav").write_bytes(make_call(number)[0])
        known = catalogue.Catalogue.of([make_call(number)[1] for number in numbers], folder)
    return openai_simulator.OpenAiSimulator(catalogue=known, key=KEY, **more)


def speech_env(simulator, **more):
    return {**settings_of("openai", simulator), "OIDOR_AGENT_CHANNEL": "0", "OIDOR_WORKERS_COUNT": "2",
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
        data, entry = make_call(number)
        url = self.files.put(f"/{number}.wav", (200, "audio/wav", data))
        seconds = str(round(entry["segments"][-1]["end_ms"] / 1000))
        words = {"duration": seconds, "billseconds": seconds, **more}
        answer = self.server.post("/webhook/anura/", event(cdrid, wasrecorded="true", audio_file_wav=url, **words),
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
