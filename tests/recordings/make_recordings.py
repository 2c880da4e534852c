#!/usr/bin/env python3
"""Makes the demo's recordings from dialogues.txt: flite speaks, ffmpeg packs.

Each recording has two channels at 16 kHz: the agent on channel 0, the customer on channel 1.
Run it without arguments; it writes *.mp3 beside itself. Needs Debian's flite and ffmpeg.
"""
import array
import pathlib
import re
import subprocess
import tempfile
import wave

HERE = pathlib.Path(__file__).resolve().parent
RATE_HZ = 16000
VOICES = {"agent": "kal16", "customer": "slt"}
CHANNELS = {"agent": 0, "customer": 1}
PAUSE_S = 0.5  # Between two turns.


def read_dialogues(path):
    """{name: [(who, what), …]} in the order of the file."""
    dialogues = {}
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        line = line.strip()
        if not line or line.startswith("#"):
            continue
        if section := re.fullmatch(r"\[([a-z-]+)\]", line):
            turns = dialogues.setdefault(section[1], [])
            continue
        who, colon, what = line.partition(":")
        if not colon or who not in ("agent", "customer", "pause"):
            raise SystemExit(f"{path.name}:{number}: expected agent:, customer: or pause:")
        turns.append((who, what.strip()))
    return dialogues


def speak(voice, text, folder):
    """The samples of one sentence, 16 bit, mono."""
    path = pathlib.Path(folder) / "turn.wav"
    subprocess.run(["flite", "-voice", voice, "-t", text, "-o", path], check=True)
    with wave.open(str(path)) as file:
        if (file.getframerate(), file.getnchannels(), file.getsampwidth()) != (RATE_HZ, 1, 2):
            raise SystemExit(f"voice {voice}: expected 16 kHz, mono, 16 bit")
        return array.array("h", file.readframes(file.getnframes()))


def make_wav(turns, path):
    sides = [array.array("h"), array.array("h")]

    def append(side, samples):
        for channel, samples_of in enumerate(sides):
            samples_of.extend(samples if channel == side else [0] * len(samples))

    with tempfile.TemporaryDirectory() as folder:
        append(0, [0] * int(PAUSE_S * RATE_HZ))
        for who, what in turns:
            if who == "pause":
                append(0, [0] * int(float(what) * RATE_HZ))
                continue
            append(CHANNELS[who], speak(VOICES[who], what, folder))
            append(0, [0] * int(PAUSE_S * RATE_HZ))
    both = array.array("h", [0]) * (2 * len(sides[0]))
    both[0::2], both[1::2] = sides
    with wave.open(str(path), "wb") as file:
        file.setparams((2, 2, RATE_HZ, 0, "NONE", ""))
        file.writeframes(both.tobytes())
    return len(sides[0]) / RATE_HZ


def main():
    for name, turns in read_dialogues(HERE / "dialogues.txt").items():
        with tempfile.TemporaryDirectory() as folder:
            wav = pathlib.Path(folder) / "call.wav"
            seconds = make_wav(turns, wav)
            mp3 = HERE / f"{name}.mp3"
            subprocess.run(["ffmpeg", "-v", "error", "-y", "-i", wav, "-map_metadata", "-1",
                            "-fflags", "+bitexact", "-c:a", "libmp3lame", "-b:a", "48k",
                            "-joint_stereo", "0", mp3], check=True)
            print(f"{mp3.name}: {seconds:.1f} s, {mp3.stat().st_size} bytes")


if __name__ == "__main__":
    main()
