"""What an analysis is worth beside what is true of a recording (audio_faults)."""

from redaction_measure import measured_share

# How much of a stretch must be found for it to count as found.
COVERED_MIN = 0.5
CUT_WITHIN_S = 0.6
FLAGS = {"identical": lambda audio: audio["identical_channels"], "clipped": lambda audio: "clipped" in audio["warnings"],
         "truncated": lambda audio: audio["truncated"], "silent_channel": lambda audio: "silent_channel" in audio["warnings"]}
STRETCHES = ("music", "keys", "tones")


def seconds_of(pairs):
    return [(begin / 1000, end / 1000) for begin, end in pairs]


def overlap(one, others):
    """Seconds of `one` that lie in `others`, which do not overlap."""
    return sum(max(0.0, min(one[1], end) - max(one[0], begin)) for begin, end in others)


def joined(stretches):
    whole = []
    for begin, end in sorted(stretches):
        if whole and begin <= whole[-1][1]:
            whole[-1] = (whole[-1][0], max(whole[-1][1], end))
        else:
            whole.append((begin, end))
    return whole


class Tally:
    """Hits, misses and false alarms of one thing; and, for rates, hours in which a false alarm could have come."""

    def __init__(self):
        self.hits = self.missed = self.false = 0
        self.hours = 0.0
        self.examples = {"missed": [], "false": []}

    def note(self, what, name):
        setattr(self, what, getattr(self, what) + 1)
        if what in self.examples:
            self.examples[what].append(name)

    @property
    def recall(self):
        return measured_share(self.hits, self.hits + self.missed)

    @property
    def precision(self):
        return measured_share(self.hits, self.hits + self.false)


class Scores:
    def __init__(self):
        self.flags = {name: Tally() for name in FLAGS}
        self.clean = {name: 0 for name in FLAGS}  # Recordings without the fault.
        self.stretches = {name: Tally() for name in (*STRETCHES, "dead_air", "cuts")}
        self.styles = {}
        self.speech = {"true": 0.0, "found": 0.0, "both": 0.0}
        self.response_errors = []

    def add(self, item, audio):
        truth, name = item["truth"], item["path"].name
        for flag, read in FLAGS.items():
            if flag == "truncated" or not truth["truncated"]:
                self.add_flag(flag, truth[flag], read(audio), name)
        if truth["truncated"]:
            return  # Nobody knows what was in the rest.
        hours = item["seconds"] / 3600
        for what in STRETCHES:
            for channel, known in enumerate(truth[what]):
                found = seconds_of(audio["channels"][channel][f"{what}_ms"])
                if known is not None:
                    self.add_stretches(what, known, found, hours, name)
            if what == "music" and "style" in truth:
                self.add_style(truth, audio)
        if truth["dead_air"] is not None:
            self.add_stretches("dead_air", truth["dead_air"], seconds_of(audio["dead_air_ms"]), hours, name)
        if truth["identical"]:
            return
        self.add_speech(truth, audio)
        self.add_cuts(truth, audio, hours, name)

    def add_flag(self, flag, known, found, name):
        self.clean[flag] += not known
        if known or found:
            self.flags[flag].note("hits" if known and found else "missed" if known else "false", name)

    def add_stretches(self, what, known, found, hours, name):
        tally = self.stretches[what]
        tally.hours += hours
        for stretch in known:
            covered = overlap(stretch, found) / (stretch[1] - stretch[0])
            tally.note("hits" if covered >= COVERED_MIN else "missed", name)
        for stretch in found:
            if not overlap(stretch, [(begin - 0.2, end + 0.2) for begin, end in known]):
                tally.note("false", name)

    def add_style(self, truth, audio):
        tally = self.styles.setdefault(truth["style"], Tally())
        for channel, known in enumerate(truth["music"]):
            for stretch in known:
                found = seconds_of(audio["channels"][channel]["music_ms"])
                covered = overlap(stretch, found) / (stretch[1] - stretch[0])
                tally.note("hits" if covered >= COVERED_MIN else "missed", "")

    def add_speech(self, truth, audio):
        for channel, known in enumerate(truth["speech"] or ()):
            known, found = joined(known), seconds_of(audio["channels"][channel]["speech_ms"])
            self.speech["true"] += sum(end - begin for begin, end in known)
            self.speech["found"] += sum(end - begin for begin, end in found)
            self.speech["both"] += sum(overlap(stretch, found) for stretch in known)

    def add_cuts(self, truth, audio, hours, name):
        if truth["cuts"] is None or truth["speech"] is None:
            return
        tally = self.stretches["cuts"]
        tally.hours += hours
        found = [(at / 1000, by) for at, by, _ in audio["interruptions"]]
        for at, by in truth["cuts"]:
            near = next((one for one in found if one[1] == by and abs(one[0] - at) <= CUT_WITHIN_S), None)
            tally.note("hits" if near else "missed", name)
            if near:
                found.remove(near)
        for _ in found:
            tally.note("false", name)
        for channel, times in enumerate(truth["responses"] or ()):
            measured = audio["channels"][channel]["responses"]
            if times and measured["count"]:
                self.response_errors.append(abs(measured["mean_ms"] / 1000 - sum(times) / len(times)))
