#!/usr/bin/env python3
"""Calls with known personal identifiers in them, and what a redactor made of them.

    python3 tests/redaction_corpus.py --count 2000 --seed 1 --out corpus.jsonl

Each line is one item: {"id", "country", "transcript", "spans", "negatives"}. A span is {"segment", "begin", "end",
"kind", "number", "form", "carries"}: bytes [begin, end) of the segment's UTF-8 text, from the identifier's first figure
to its last; spans of one identifier share `number`; `carries` are the ranges that give it away (a spoken «eh» between
two figures does not). A negative is {"segment", "begin", "end", "what"}: a harmless number or turn of phrase.

Forms: `written`; `spoken` in words; `mixed`; `filler` (both, with «eh», «guion», «coma» between); `split` over two or
three segments of a speaker, the other saying «ajá» between. The same seed gives the same bytes.

`measure(items, found)` tells recall and precision of what a redactor found, item by item."""

import argparse
import dataclasses
import json
import pathlib
import random
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import redaction_contacts  # noqa: E402
import redaction_numbers  # noqa: E402
import redaction_words  # noqa: E402
from redaction_measure import measure  # noqa: E402, F401
from redaction_negatives import NEGATIVES  # noqa: E402
from redaction_phrases import KINDS, LANGUAGES, PT  # noqa: E402

FORMS = {"written": 9, "spoken": 4, "mixed": 2, "filler": 2, "split": 3}
SHORT = {"card_code"}  # Too short to be dictated in parts.
# Numbers that are also said as one number: thirty millions, one hundred thousand …
SAID_WHOLE = {"dni_ar", "cedula_co", "rut"}
SIGNS = {"es": {".": " punto ", "_": " guion bajo ", "-": " guion medio ", "@": " arroba "},
         "pt": {".": " ponto ", "_": " underline ", "-": " traço ", "@": " arroba "}}
PLUS = {"es": "más ", "pt": "mais "}
OTHER = {"agent": "customer", "customer": "agent"}


@dataclasses.dataclass(frozen=True)
class Piece:
    """A stretch of text; `carries` when it gives the identifier away."""
    text: str
    carries: bool


# An identifier's wording: groups of pieces. A dictation may be cut between two groups -------------------------------

def said(group, source, language, letter_names):
    """The pieces of one group in words."""
    words = redaction_words.say_group(source, group, language, letter_names)
    comma = source.random() < 0.2
    pieces = []
    for word in words:
        pieces += [Piece(", " if comma else " ", False)] if pieces else []
        pieces.append(Piece(word, True))
    return pieces


def said_whole(identifier):
    """Groups of «treinta millones», «cien mil», «dos», then the check digit if there is one."""
    check = identifier.groups[-1] if identifier.kind == "rut" else ""
    number = "".join(identifier.groups[:-1] if check else identifier.groups)
    groups = [[Piece(part, True)] for part in redaction_words.number_words(int(number))]
    if check:
        name = "ka" if check in "Kk" else redaction_words.ES_TO_29[int(check)]
        groups.append([Piece("guion ", False), Piece(name, True)])
    return groups


def finer(groups):
    """Groups of four figures or fewer, as somebody reads out who is asked to go slowly."""
    return [part for group in groups for part in
            (redaction_numbers.cut(group, *[4] * (len(group) // 4)) if len(group) > 4 else (group,))]


def number_groups(identifier, form, source, language):
    """The wording of a number in parts, for every form but the written one."""
    if identifier.kind in SAID_WHOLE and form in ("spoken", "split") and source.random() < 0.35:
        return said_whole(identifier)
    groups = finer(identifier.groups)
    if len(groups) < 2 and form in ("mixed", "filler", "split"):
        groups = redaction_numbers.cut(groups[0], max(1, len(groups[0]) // 2))
    in_words = [form == "spoken"] * len(groups)
    if form in ("filler", "split"):
        in_words = [source.random() < 0.5] * len(groups)
    if form == "mixed":
        first = source.random() < 0.5
        in_words = [first, *(source.random() < 0.5 for _ in groups[2:]), not first]
    names = language == "es" and source.random() < 0.3
    worded = [said(group, source, language, names) if spoken else [Piece(group, True)]
              for group, spoken in zip(groups, in_words, strict=True)]
    if identifier.kind == "phone" and identifier.alone and source.random() < 0.5:  # From abroad: «más cincuenta y dos».
        worded[0].insert(0, Piece(PLUS[language] if in_words[0] else "+", False))
    return worded


def email_part(parts, form, source, language):
    """Names and signs of an address in pieces; figures as words, except in a mixed form."""
    pieces = []
    for part in parts:
        if part in SIGNS[language]:
            pieces.append(Piece(part if form == "mixed" else SIGNS[language][part], False))
            continue
        spoken = part.isdigit() and form != "mixed" and source.random() < 0.7
        words = said(part, source, language, False) if spoken else [Piece(part, True)]
        if pieces and pieces[-1].carries and form != "mixed":
            pieces.append(Piece(" ", False))
        pieces += words
    return pieces


def email_groups(address, form, source, language):
    """The wording of an address: what is before the @, then the rest."""
    at = source.choice((" arroba ", " @ ")) if form == "mixed" else " arroba "
    if form == "filler":
        at = source.choice((", eh, arroba ", " arroba, eh, ", ", arroba, "))
    if form == "split":
        at = "arroba "
    return [email_part(address.local, form, source, language),
            [Piece(at, False), *email_part(address.domain, form, source, language)]]


def joiner(identifier, form, source, words):
    if identifier.kind == "email":
        return ""
    if form == "filler" and source.random() < 0.6:
        return source.choice(words.fillers)
    return source.choice(words.joins)


def joined(groups, identifier, form, source, words):
    """One run of pieces from groups."""
    pieces = []
    for group in groups:
        if pieces:
            pieces.append(Piece(joiner(identifier, form, source, words), False))
        pieces += group
    return [piece for piece in pieces if piece.text]


def runs(identifier, form, source, language):
    """The wording in runs of pieces: one for each segment it takes."""
    words = LANGUAGES[language]
    if identifier.kind == "email":
        groups = email_groups(identifier, form, source, language)
    else:
        groups = number_groups(identifier, form, source, language)
    if form != "split":
        return [joined(groups, identifier, form, source, words)]
    cuts = sorted(source.sample(range(1, len(groups)), min(len(groups) - 1, source.choice((1, 1, 2)))))
    bounds = [0, *cuts, len(groups)]
    return [joined(groups[begin:end], identifier, form, source, words) for begin, end in zip(bounds, bounds[1:])]


# A call -------------------------------------------------------------------------------------------------------------

class Call:
    """A transcript under construction, with what is known about it."""

    def __init__(self, source, country):
        self.source, self.country = source, country
        self.language = "pt" if country == "BR" else "es"
        self.words = LANGUAGES[self.language]
        # Some recognisers write neither capitals nor punctuation.
        self.bare_text = source.random() < 0.2
        self.segments, self.spans, self.negatives, self.number, self.now_ms = [], [], [], 0, source.randint(0, 900)

    def styled(self, text):
        if not self.bare_text:
            return text
        return "".join(letter for letter in text.lower() if letter not in "¿?¡!.,;:…")

    def add(self, speaker, before, pieces=(), after=""):
        """A segment; its number and the pieces' (begin, end, carries) in bytes."""
        text, places = self.styled(before), []
        for piece in pieces:
            begin = len(text.encode())
            text += piece.text
            places.append((begin, len(text.encode()), piece.carries))
        text += self.styled(after)
        duration_ms = 300 + 55 * len(text)
        self.segments.append({"start_ms": self.now_ms, "end_ms": self.now_ms + duration_ms, "speaker": speaker,
                              "text": text})
        self.now_ms += duration_ms + self.source.randint(50, 700)
        return len(self.segments) - 1, places

    def say(self, speaker, texts, **values):
        self.add(speaker, self.source.choice(texts).format(**values))

    def add_run(self, speaker, before, run, after, kind, form):
        segment, places = self.add(speaker, before, run, after)
        carries = [[begin, end] for begin, end, does in places if does]
        self.spans.append({"segment": segment, "begin": carries[0][0], "end": carries[-1][1], "kind": kind,
                           "number": self.number, "form": form, "carries": carries})

    def dictate(self, speaker, template, identifier_runs, kind, form):
        """An identifier within a sentence, the other one listening between its parts."""
        before, _, after = template.partition("{x}")
        for place, run in enumerate(identifier_runs):
            if place:
                self.say(OTHER[speaker], self.words.listening)
                before = self.source.choice(self.words.goes_on)
            self.add_run(speaker, before, run, after if place == len(identifier_runs) - 1 else "", kind, form)
        self.number += 1

    def negative(self):
        """A sentence with a harmless number."""
        what, value, sentences = self.source.choice(NEGATIVES[self.language])
        before, _, after = self.source.choice(sentences).partition("{x}")
        text = value(self.source, self.language)
        whole = not before and not after  # A turn of phrase: its words are recognised as all others.
        segment, places = self.add(self.source.choice(("agent", "customer")), before,
                                   [Piece(self.styled(text) if whole else text, True)], after)
        self.negatives.append({"segment": segment, "begin": places[0][0], "end": places[0][1], "what": what})

    def item(self, name):
        return {"id": name, "country": self.country,
                "transcript": {"language": self.language, "segments": self.segments},
                "spans": self.spans, "negatives": self.negatives}


def exchange(call, kind, forms):
    """Somebody gives an identifier: asked for it, in a sentence that names it, or just so where its shape tells all."""
    source, words = call.source, call.words
    phrases = PT.get(kind, KINDS[kind]) if call.language == "pt" else KINDS[kind]
    maker = getattr(redaction_contacts, kind, None) or redaction_numbers.MAKERS[kind]
    identifier = maker(source, call.country)
    form = source.choices(list(forms), list(forms.values()))[0]
    if kind in SHORT and form not in ("written", "spoken"):
        form = "spoken"
    if form == "written":
        shape = identifier.written if kind == "email" else source.choice(identifier.shapes)
        wording, alone = [[Piece(shape, True)]], kind == "email" or shape in identifier.alone
    else:
        wording, alone = runs(identifier, form, source, call.language), False
    speaker = "customer" if source.random() < 0.85 else "agent"
    way = source.random()
    if alone and way < 0.2:
        template = source.choice(words.alone)
    elif way < 0.55:
        call.say(OTHER[speaker], phrases.asks)
        template = source.choice(words.answers)
    else:  # In parts, the context word has to come first.
        template = source.choice([text for text in phrases.says if len(wording) == 1 or not text.startswith("{x}")])
    call.dictate(speaker, template, wording, kind, form)
    if form == "written" and source.random() < 0.1:
        template = source.choice(words.repeats).replace("{noun}", phrases.noun)
        call.dictate(OTHER[speaker], template, wording, kind, form)
    call.say("agent", words.notes)


def kinds_of(country):
    return [kind for kind, phrases in KINDS.items() if country in phrases.countries]


def make_item(name, kind, source, forms):
    """One call around an identifier of this kind; without a kind, a call that holds none."""
    country = source.choice(KINDS[kind or "phone"].countries)
    call = Call(source, country)
    wanted = [kind] + source.choices(kinds_of(country), k=source.choice((0, 0, 1, 2))) if kind else []
    harmless = max(1, len(wanted)) + source.choice((0, 1, 1))
    turns = [(exchange, (call, one, forms)) for one in wanted] + [(Call.negative, (call,))] * harmless
    source.shuffle(turns)
    call.say("agent", call.words.greetings)
    for turn, arguments in turns:
        if source.random() < 0.6:
            call.say(source.choice(("agent", "customer")), call.words.between)
        turn(*arguments)
    while len(call.negatives) < call.number:  # A number that was repeated counts twice.
        call.negative()
    call.say("agent", call.words.closings)
    return call.item(name)


def generate(count, seed, forms=None):
    """`count` items; the kinds come in turn, every eighth call holds no identifier. `forms`: {form: weight}."""
    kinds = list(KINDS)
    items, turn = [], 0
    for number in range(count):
        kind = None
        if number % 8 != 7:
            kind, turn = kinds[turn % len(kinds)], turn + 1
        items.append(make_item(f"{number:06}", kind, random.Random(f"{seed}/{number}"), forms or FORMS))
    return items


def write_items(items):
    """JSON lines, as bytes."""
    return "".join(json.dumps(item, ensure_ascii=False, sort_keys=True) + "\n" for item in items).encode()


def main():
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--out", help="a file; without it, the standard output")
    parser.add_argument("--form", action="append", choices=list(FORMS), help="only this form; may be repeated")
    options = parser.parse_args()
    data = write_items(generate(options.count, options.seed, {form: FORMS[form] for form in options.form or FORMS}))
    if options.out:
        pathlib.Path(options.out).write_bytes(data)
    else:
        sys.stdout.buffer.write(data)


if __name__ == "__main__":
    main()
