"""Recordings of telephone calls with faults put into them, and what is true of each: who speaks when, and the faults.

    for item in audio_faults.generate(speech, 40, "seed", folder): …

An item: {"path", "kind", "truth"}; times in seconds. Made by `audio_sounds`; packed as calls come, by ffmpeg."""

import array
import itertools
import math
import pathlib
import random
import struct
import subprocess

import audio_sounds as sounds
from audio_sounds import RATE

# How calls are packed: the name's end and what ffmpeg is told.
FORMS = {
    "wav": ("wav", ("-c:a", "pcm_s16le")),
    "mulaw": ("wav", ("-c:a", "pcm_mulaw")),
    "alaw": ("wav", ("-c:a", "pcm_alaw")),
    "mp3": ("mp3", ("-c:a", "libmp3lame", "-b:a", "24k")),
    "mp3_16k": ("mp3", ("-ar", "16000", "-c:a", "libmp3lame", "-b:a", "48k")),
    "opus": ("ogg", ("-ar", "16000", "-c:a", "libopus", "-b:a", "32k")),
    "aac": ("m4a", ("-ar", "16000", "-c:a", "aac", "-b:a", "48k")),
}


class Call:
    """Two people in turn, each on a channel of its own: who speaks when is written down as it is made."""

    def __init__(self, speech, source, seconds):
        self.speech, self.source = speech, source
        self.voices = source.sample(sorted(speech.phrases), 2)
        self.gains = [source.uniform(-8, 0), source.uniform(-8, 0)]
        self.floor = source.choice((-90, -75, -65, -58))
        self.spoken, self.responses, self.cuts = [], [[], []], []  # spoken: (channel, begin, end, samples)
        self.turn(0, 0.3 + source.random())
        while self.end < seconds or len({channel for channel, *_ in self.spoken}) < 2:
            self.next_turn()
        self.sides = [sounds.silence(self.end + 0.5) for _ in range(2)]
        for channel, begin, _, samples in self.spoken:
            sounds.mix_into(self.sides[channel], samples, begin)

    @property
    def end(self):
        return max(end for _, _, end, _ in self.spoken)

    def turn(self, channel, begin, **limits):
        """One to three phrases, less than 700 ms apart."""
        for index in range(self.source.choice((1, 1, 2, 3))):
            begin += self.source.uniform(0.35, 0.7) if index else 0
            samples = self.speech.say(self.source, self.voices[channel], **limits)
            self.add(channel, begin, samples)
            begin = self.spoken[-1][2]

    def add(self, channel, begin, samples):
        samples = sounds.gained(samples, self.gains[channel])
        self.spoken.append((channel, begin, begin + sounds.length(samples), samples))

    def next_turn(self):
        channel, _, end, samples = self.spoken[-1]
        other, kind = 1 - channel, self.source.random()
        if kind < 0.12 and sounds.length(samples) > 2.5:
            self.cut_off(other)
        elif kind < 0.2 and sounds.length(samples) > 2:
            # A sign of listening: it takes no turn.
            heard = self.speech.say(self.source, self.voices[other], longest=0.6)[:RATE // 2]
            begin = end - sounds.length(samples) + 0.8
            heard = sounds.gained(heard, self.gains[other])
            self.spoken.insert(-1, (other, begin, begin + sounds.length(heard), heard))
        else:
            gap = self.source.choice((self.source.uniform(0.25, 1.2), self.source.uniform(1.2, 4)))
            self.responses[other].append(gap)
            self.turn(other, end + gap)

    def cut_off(self, other):
        """The other comes in while somebody speaks, who stops half a second later."""
        channel, begin, end, samples = self.spoken[-1]
        at = begin + self.source.uniform(1.0, sounds.length(samples) - 1.0)
        stop = at + self.source.uniform(0.5, 0.9)
        kept = samples[:int((stop - begin) * RATE)]
        fade = RATE // 50
        for index in range(1, min(fade, len(kept))):
            kept[-index] *= index / fade
        self.spoken[-1] = (channel, begin, min(stop, end), kept)
        self.cuts.append((at, other))
        self.responses[other].append(0.0)
        self.add(other, at, self.speech.say(self.source, self.voices[other], shortest=1.8))

    def lines(self):
        """Both channels, now with the noise of their lines."""
        seconds = sounds.length(self.sides[0])
        for side in self.sides:
            sounds.mix_into(side, sounds.noise(self.source, seconds, self.floor), 0)
        return self.sides

    def insert(self, at, seconds):
        """Room for something else from `at` on, of the same line: what comes later moves back."""
        begin = int(at * RATE)
        for channel, side in enumerate(self.sides):
            room = sounds.noise(self.source, seconds, self.floor)
            self.sides[channel] = side[:begin] + room + side[begin:]
        self.spoken = [(channel, *((begin, end) if begin < at else (begin + seconds, end + seconds)), samples)
                       for channel, begin, end, samples in self.spoken]
        self.cuts = [(when if when < at else when + seconds, who) for when, who in self.cuts]

    def truth(self):
        return {"speech": [[(begin, end) for where, begin, end, _ in self.spoken if where == channel]
                           for channel in range(2)],
                "cuts": list(self.cuts), "responses": [list(times) for times in self.responses],
                "music": [[], []], "keys": [[], []], "tones": [[], []], "dead_air": [],
                "identical": False, "clipped": False, "truncated": False, "silent_channel": False}

    def pauses(self):
        """Moments at which nobody speaks for 200 ms."""
        ends = sorted(((begin, end) for _, begin, end, _ in self.spoken))
        latest, free = 0.0, []
        for begin, end in ends:
            if begin - latest > 0.2:
                free.append((latest + begin) / 2)
            latest = max(latest, end)
        return free[1:] or [latest + 0.2]


# Faults: each takes a call, puts itself in and writes down what is true then ------------------------------------------

def plain(call):
    """Nothing is wrong; some lines have an echo of the other side."""
    echo = call.source.choice((None, None, -30, -20))
    if echo:
        first, second = (sounds.gained(side, echo) for side in call.sides)
        sounds.mix_into(call.sides[0], second, 0)
        sounds.mix_into(call.sides[1], first, 0)
    return call.lines(), call.truth()


def fake_stereo(call):
    mixed = array.array("d", map(float.__add__, *call.lines()))
    other = sounds.gained(mixed, call.source.uniform(-5, 5))
    delay = call.source.choice((0, 0, 0, 0.0125, 0.05, 0.12))
    if delay:
        other = (sounds.silence(delay) + other)[:len(mixed)]
        sounds.mix_into(other, sounds.noise(call.source, sounds.length(mixed), -70), 0)
    return [mixed, other], {**call.truth(), "identical": True}


def one_side(call):
    """Only the agent speaks, as to an answering machine; the other channel has an echo, or nothing."""
    echo = call.source.choice((None, -12, -20))
    lines = call.lines()
    truth = call.truth()
    truth["speech"][1], truth["cuts"], truth["responses"], truth["dead_air"] = [], [], [[], []], None
    if echo is None:
        return [lines[0], sounds.silence(sounds.length(lines[0]))], {**truth, "silent_channel": True}
    other = sounds.noise(call.source, sounds.length(lines[0]), call.floor)
    sounds.mix_into(other, sounds.gained(lines[0], echo), 0)
    return [lines[0], other], {**truth, "speech": None}


def dead_air(call):
    seconds, at = call.source.uniform(12, 40), call.source.choice(call.pauses())
    call.lines()
    call.insert(at, seconds)
    if call.source.random() < 0.5:  # The line is dead; else it stays open.
        begin, end = int(at * RATE), int((at + seconds) * RATE)
        for side in call.sides:
            side[begin:end] = array.array("d", bytes(8 * (end - begin)))
    return call.sides, {**call.truth(), "dead_air": [(at, at + seconds)], "responses": None}


def hold_music(call):
    seconds, at = call.source.uniform(6, 25), call.source.choice(call.pauses())
    style = call.source.choice(sorted(sounds.MUSIC))
    loud = call.source.uniform(-34, -16)
    call.lines()
    call.insert(at, seconds)
    music = sounds.at_power(sounds.MUSIC[style](call.source, seconds), loud)
    channels = call.source.choice(((0,), (1,), (0, 1)))
    for channel in channels:
        sounds.mix_into(call.sides[channel], music, at)
    truth = {**call.truth(), "responses": None, "style": style}
    truth["music"] = [[(at, at + seconds)] if channel in channels else [] for channel in range(2)]
    return call.sides, truth


def radio(call):
    """Music behind somebody who speaks, 12 to 20 dB quieter: it is a call, not a hold."""
    lines = call.lines()
    music = sounds.MUSIC[call.source.choice(sorted(sounds.MUSIC))](call.source, sounds.length(lines[1]))
    sounds.mix_into(lines[1], sounds.at_power(music, call.source.uniform(-44, -36)), 0)
    return lines, {**call.truth(), "music": [[], None], "tones": [[], None], "speech": None}


def keys(call):
    """A number is typed, with the line quiet or with the other side speaking."""
    channel, count = call.source.randrange(2), call.source.choice((1, 4, 8, 16))
    at = call.source.choice(call.pauses())
    lasts, between = call.source.uniform(0.06, 0.15), call.source.uniform(0.06, 0.15)
    typed, seconds = [], count * (lasts + between) + 0.6
    call.lines()
    call.insert(at, seconds)
    loud, twist = call.source.uniform(-24, -8), call.source.uniform(-4, 4)
    for index in range(count):
        begin = at + 0.3 + index * (lasts + between)
        tone = sounds.two_tones(*sounds.KEYS[call.source.choice(sorted(sounds.KEYS))], lasts, twist)
        sounds.mix_into(call.sides[channel], sounds.at_power(tone, loud), begin)
        typed.append((begin, begin + lasts))
    truth = {**call.truth(), "responses": None}
    truth["keys"] = [typed if side == channel else [] for side in range(2)]
    return call.sides, truth


def tones(call):
    """Ringing before the call, or an answering machine's beep in it."""
    channel, loud = call.source.randrange(2), call.source.uniform(-28, -12)
    call.lines()
    if call.source.random() < 0.5:
        cycles = call.source.choice((1, 2, 3))
        samples, at = sounds.ringing(cycles), 0.0
        heard = [(5.0 * cycle, 5.0 * cycle + 1) for cycle in range(cycles)]
    else:
        lasts, at = call.source.uniform(0.5, 1.2), call.source.choice(call.pauses())
        samples = sounds.beep(call.source.choice((440, 800, 1000, 1400)), lasts)
        heard = [(at + 0.2, at + 0.2 + lasts)]
        samples = sounds.silence(0.2) + samples + sounds.silence(0.3)
    call.insert(at, sounds.length(samples))
    sounds.mix_into(call.sides[channel], sounds.gained(samples, loud), at)
    truth = {**call.truth(), "responses": None}
    truth["tones"] = [heard if side == channel else [] for side in range(2)]
    return call.sides, truth


def clipped(call):
    """One side is turned up until it is cut off."""
    lines, channel = call.lines(), call.source.randrange(2)
    lines[channel] = sounds.gained(lines[channel], call.source.uniform(18, 30) - call.gains[channel])
    return lines, {**call.truth(), "clipped": True}


def loud(call):
    """As loud as it can be without being cut off."""
    lines = call.lines()
    for channel, side in enumerate(lines):
        lines[channel] = sounds.gained(side, -0.3 - 20 * math.log10(max(map(abs, side))))
    return lines, call.truth()


def cut_off(call):
    return call.lines(), {**call.truth(), "truncated": True, "speech": None, "cuts": None, "responses": None}


KINDS = {"plain": plain, "fake_stereo": fake_stereo, "one_side": one_side, "dead_air": dead_air,
         "hold_music": hold_music, "radio": radio, "keys": keys, "tones": tones, "clipped": clipped, "loud": loud,
         "cut_off": cut_off}
# A cut between two packets of an Ogg cannot be seen: nothing announces how long it is.
CUT_FORMS = ("wav", "mulaw", "mp3", "mp3_16k", "aac")
# An M4A whose index stands at its end loses it when it breaks off, and nobody can read the rest: here it stands first.
CUT_WORDS = {"aac": ("-movflags", "+faststart")}


# Packing ------------------------------------------------------------------------------------------------------------

def wav_bytes(sides, rate=RATE):
    """16 bits; what is louder than full scale is cut off there."""
    data = array.array("h", [max(-32768, min(32767, int(32767 * sample)))
                             for sample in itertools.chain.from_iterable(zip(*sides))]).tobytes()
    channels = len(sides)
    return (b"RIFF" + struct.pack("<I", 36 + len(data)) + b"WAVEfmt "
            + struct.pack("<IHHIIHH", 16, 1, channels, rate, 2 * rate * channels, 2 * channels, 16)
            + b"data" + struct.pack("<I", len(data)) + data)


def pack(sides, form, path, more=()):
    """The file in one of the FORMS, ffmpeg told `more`; returns its path with the form's end."""
    end, words = FORMS[form]
    path = pathlib.Path(f"{path}.{end}")
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "wav", "-i", "-", *words, *more, path],
                   input=wav_bytes(sides), check=True)
    return path


def break_off(path, source):
    data = path.read_bytes()
    path.write_bytes(data[:int(len(data) * source.uniform(0.4, 0.9))])


def generate(speech, count, seed, folder, seconds=(20, 45)):
    """`count` recordings, every kind in turn, in `folder`."""
    kinds = itertools.cycle(KINDS)
    for number in range(count):
        kind, source = next(kinds), random.Random(f"{seed}/{number}")
        call = Call(speech, source, source.uniform(*seconds))
        sides, truth = KINDS[kind](call)
        form = source.choice(CUT_FORMS if truth["truncated"] else sorted(FORMS))
        more = CUT_WORDS.get(form, ()) if truth["truncated"] else ()
        path = pack(sides, form, pathlib.Path(folder) / f"{number:04}-{kind}-{form}", more)
        if truth["truncated"]:
            break_off(path, source)
        yield {"path": path, "kind": kind, "form": form, "truth": truth, "seconds": sounds.length(sides[0])}
