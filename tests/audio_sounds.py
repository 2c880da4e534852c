"""Sounds of a telephone call at 8 kHz, as arrays of numbers from -1 to 1: speech (flite), music, keys, tones, noise.

Written apart from what detects them (src/audio): nothing is shared with it but the telephone's own standards."""

import array
import math
import pathlib
import subprocess
import tempfile
import wave

RATE = 8000
VOICES = ("kal16", "slt", "rms", "awb")
KEYS = {"1": (697, 1209), "2": (697, 1336), "3": (697, 1477), "4": (770, 1209), "5": (770, 1336), "6": (770, 1477),
        "7": (852, 1209), "8": (852, 1336), "9": (852, 1477), "*": (941, 1209), "0": (941, 1336), "#": (941, 1477)}
SENTENCES = (
    "Good morning, thank you for calling. How can I help you today?",
    "I have been waiting for the technician since Monday, and nobody called me.",
    "Let me look at your account. One moment, please.",
    "The invoice says forty two dollars, but last month it was only thirty.",
    "I understand, and I am sorry about that.",
    "No, I already restarted it twice.",
    "Could you tell me the number on the back of the card?",
    "Yes.",
    "We will send somebody tomorrow between nine and eleven in the morning.",
    "That does not work for me, I am at the office until six.",
    "Is there anything else that I can do for you?",
    "All right. Thank you very much. Goodbye.",
    "My daughter used to live at that address, but she moved away in the spring.",
    "Please hold the line while I ask my supervisor.",
    "It is a small blue box with two lights, and the second one stays red.",
    "Well, hmm, I am not sure about the date.",
)


def silence(seconds):
    return array.array("d", bytes(8 * int(seconds * RATE)))


def length(samples):
    return len(samples) / RATE


def gained(samples, decibels):
    factor = 10 ** (decibels / 20)
    return array.array("d", [sample * factor for sample in samples])


def power_db(samples):
    """Mean power, dBFS."""
    power = sum(sample * sample for sample in samples) / max(1, len(samples))
    return 10 * math.log10(power) if power > 0 else -200.0


def at_power(samples, decibels):
    return gained(samples, decibels - power_db(samples))


def mix_into(whole, samples, at):
    """Adds samples to the whole from `at` seconds; what lies behind its end is lost."""
    begin = int(at * RATE)
    end = min(len(whole), begin + len(samples))
    whole[begin:end] = array.array("d", map(float.__add__, whole[begin:end], samples[:end - begin]))


def noise(random_source, seconds, decibels):
    """Noise of a line: a short stretch of it, repeated from changing places."""
    factor = 10 ** (decibels / 20)
    table = array.array("d", [random_source.gauss(0, 1) * factor for _ in range(RATE)])
    samples = array.array("d")
    while len(samples) < seconds * RATE:
        begin = random_source.randrange(RATE // 2)
        samples.extend(table[begin:])
    return samples[:int(seconds * RATE)]


# Speech -------------------------------------------------------------------------------------------------------------

def read_samples(path):
    samples = array.array("h")
    samples.frombytes(path.read_bytes())
    return samples


def speak(voice, sentences, folder):
    """One voice's sentences with a pause between them, in the telephone's band."""
    folder = pathlib.Path(folder)
    one, all_of_them, plain = folder / "one.wav", folder / "all.raw", folder / "plain.raw"
    whole = array.array("h")
    for sentence in sentences:
        subprocess.run(["flite", "-voice", voice, "-t", sentence, "-o", one], check=True)
        with wave.open(str(one)) as file:
            rate = file.getframerate()
            whole.frombytes(file.readframes(file.getnframes()))
        whole.extend([0] * (rate // 2))
    all_of_them.write_bytes(whole.tobytes())
    subprocess.run(["ffmpeg", "-v", "error", "-y", "-f", "s16le", "-ar", str(rate), "-ac", "1", "-i", all_of_them,
                    "-af", "highpass=f=200,lowpass=f=3400", "-ar", str(RATE), "-f", "s16le", plain], check=True)
    return array.array("d", [sample / 32768 for sample in read_samples(plain)])


def phrases_of(samples):
    """Speech between pauses of 250 ms, without them: where 10 ms reach 2 % of the loudest."""
    block, pause = RATE // 100, 25
    loudest = max(map(abs, samples), default=0)
    loud = [max(map(abs, samples[at:at + block])) >= 0.02 * loudest for at in range(0, len(samples) - block, block)]
    phrases, begin, last = [], None, 0
    for index, is_loud in enumerate(loud + [False] * (pause + 1)):
        if is_loud:
            begin, last = index if begin is None else begin, index
        elif begin is not None and index - last > pause:
            phrases.append(samples[begin * block:(last + 1) * block])
            begin = None
    return phrases


class Speech:
    """Phrases of several voices, made once."""

    def __init__(self, voices=VOICES, sentences=SENTENCES):
        self.phrases = {}
        with tempfile.TemporaryDirectory(prefix="oidor-speech-") as folder:
            for voice in voices:
                self.phrases[voice] = phrases_of(speak(voice, sentences, folder))

    def say(self, random_source, voice, shortest=0.0, longest=60.0):
        """One phrase at a speed and pitch of its own, at -20 dBFS."""
        fitting = [phrase for phrase in self.phrases[voice] if shortest <= length(phrase) <= longest]
        phrase = random_source.choice(fitting or self.phrases[voice])
        return at_power(resampled(phrase, random_source.uniform(0.92, 1.1)), -20)


def resampled(samples, speed):
    """Faster and higher, or slower and lower."""
    count = int((len(samples) - 1) / speed)
    out = array.array("d", bytes(8 * count))
    for index in range(count):
        place = index * speed
        whole = int(place)
        rest = place - whole
        out[index] = samples[whole] * (1 - rest) + samples[whole + 1] * rest
    return out


# Music --------------------------------------------------------------------------------------------------------------

def partials(frequency, seconds, weights, decay=0.0, vibrato=0.0):
    """A note: overtones by weight, dying away by `decay` a second, wavering by `vibrato` (a share of the pitch)."""
    count = int(seconds * RATE)
    weights = [(number, weight) for number, weight in enumerate(weights, 1) if frequency * number < 3600]
    samples = array.array("d", bytes(8 * count))
    for index in range(count):
        time = index / RATE
        phase = 2 * math.pi * frequency * time
        if vibrato:
            phase += vibrato * frequency / 5.5 * math.sin(2 * math.pi * 5.5 * time)
        loud = math.exp(-decay * time) * min(1.0, time / 0.01, (count - index) / RATE / 0.02)
        samples[index] = loud * sum(weight * math.sin(number * phase) for number, weight in weights)
    return samples


def note(step):
    """Frequency of a step of the tempered scale; 0 is A at 440 Hz."""
    return 440 * 2 ** (step / 12)


PROGRESSION = ((-9, -5, -2), (-4, 0, 3), (-7, -4, 0), (-2, 2, 5))


def strings(random_source, seconds):
    """Slow chords of wavering notes."""
    whole, at = silence(seconds), 0.0
    while at < seconds:
        lasts = random_source.uniform(1.2, 2.5)
        for step in random_source.choice(PROGRESSION):
            mix_into(whole, partials(note(step), lasts, (1, .6, .4, .25, .15), vibrato=0.004), at)
        at += lasts
    return whole


def piano(random_source, seconds):
    """Broken chords of notes that die away."""
    whole, at, beat = silence(seconds), 0.0, random_source.uniform(0.18, 0.32)
    while at < seconds:
        chord = random_source.choice(PROGRESSION)
        for step in (chord[0] - 12, *chord, chord[1] + 12, chord[2]):
            mix_into(whole, partials(note(step), 1.2, (1, .5, .3, .1), decay=2.5), at)
            at += beat
    return whole


def melody(random_source, seconds):
    """The one voice of an old switchboard, square waves."""
    whole, at = silence(seconds), 0.0
    while at < seconds:
        lasts = random_source.choice((0.25, 0.25, 0.5, 0.75))
        step = random_source.choice((-9, -7, -5, -4, -2, 0, 2, 3, 5))
        mix_into(whole, partials(note(step), lasts * 0.92, (1, 0, .33, 0, .2, 0, .14)), at)
        at += lasts
    return whole


def band(random_source, seconds):
    """Chords, a bass and a drum on every beat."""
    whole, beat = strings(random_source, seconds), random_source.uniform(0.42, 0.6)
    at, count = 0.0, 0
    while at < seconds:
        hit = noise(random_source, 0.09, -6 if count % 2 else -12)
        drum = array.array("d", [sample * math.exp(-40 * index / RATE) for index, sample in enumerate(hit)])
        mix_into(whole, gained(drum, 6), at)
        mix_into(whole, partials(note(random_source.choice((-21, -16, -14))), beat * 0.9, (1, .5, .2), decay=2), at)
        at, count = at + beat, count + 1
    return whole


MUSIC = {"strings": strings, "piano": piano, "melody": melody, "band": band}


# Keys and tones -----------------------------------------------------------------------------------------------------

def two_tones(first, second, seconds, twist_db=0.0):
    count, high = int(seconds * RATE), 10 ** (twist_db / 20)
    return array.array("d", [math.sin(2 * math.pi * first * index / RATE) + high * math.sin(2 * math.pi * second * index / RATE)
                             for index in range(count)])


def ringing(cycles):
    """Latin America's ringing tone: 425 Hz, one second of five."""
    tone = array.array("d", [math.sin(2 * math.pi * 425 * index / RATE) for index in range(RATE)])
    whole = array.array("d")
    for _ in range(cycles):
        whole.extend(tone)
        whole.extend(silence(4))
    return whole


def beep(frequency, seconds):
    return array.array("d", [math.sin(2 * math.pi * frequency * index / RATE) for index in range(int(seconds * RATE))])
