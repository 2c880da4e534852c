"""Telephone numbers and e-mail addresses, invented, in the forms of each country (see redaction_numbers)."""

import dataclasses

from redaction_numbers import Identifier, digits


def pattern(source, text):
    """The text with a random figure for each `n`, one that is not 0 for each `x`."""
    return "".join(digits(source, 1) if letter == "n" else str(source.randint(1, 9)) if letter == "x" else letter
                   for letter in text)


# Each row: how the parts are read out | the written forms, {0} {1} … being the parts. The first is with the country's
# code, unmistakable, so that it needs no context word; the others are how it is dialled at home.
PHONES = {
    "AR": (("54 9 11 xnnn nnnn", "+{0} {1} {2} {3}-{4}", "+{0}{1}{2}{3}{4}", "+{0} {1} {2} {3} {4}"),
           ("11 xnnn nnnn", "{0} {1}-{2}", "{0}{1}{2}", "{0}-{1}-{2}"),
           ("15 xnnn nnnn", "{0}-{1}-{2}", "{0} {1} {2}", "{0} {1}-{2}"),
           ("011 15 xnnn nnnn", "{0} {1} {2}-{3}", "{0}-{1}-{2}-{3}"),
           ("011 4nnn nnnn", "({0}) {1}-{2}", "{0} {1}-{2}"),
           ("0351 15 xnn nnnn", "{0} {1} {2}-{3}", "({0}) {1}-{2}{3}"),
           ("341 xnn nnnn", "{0} {1}-{2}", "{0}{1}{2}"),
           ("54 9 261 xnn nnnn", "+{0} {1} {2} {3}-{4}")),
    "MX": (("52 55 xnnn nnnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"), ("52 1 81 xnnn nnnn", "+{0} {1} {2} {3} {4}"),
           ("55 xnnn nnnn", "{0} {1} {2}", "{0}{1}{2}", "{0}-{1}-{2}"),
           ("33 xnnn nnnn", "({0}) {1} {2}", "{0} {1}-{2}"),
           ("664 xnn nnnn", "{0} {1} {2}", "{0}-{1}-{2}")),
    "CO": (("57 3xn nnn nnnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"),
           ("3xn nnn nnnn", "{0} {1} {2}", "{0}{1}{2}", "{0}-{1}-{2}"),
           ("601 xnn nnnn", "{0} {1} {2}", "({0}) {1}-{2}")),
    "CL": (("56 9 xnnn nnnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"),
           ("9 xnnn nnnn", "{0} {1} {2}", "{0}{1}{2}", "{0}-{1}{2}"),
           ("2 2nnn nnnn", "{0} {1} {2}", "({0}) {1}{2}")),
    "PE": (("51 9nn nnn nnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"),
           ("9nn nnn nnn", "{0} {1} {2}", "{0}{1}{2}", "{0}-{1}-{2}"),
           ("01 xnn nnnn", "{0} {1}-{2}", "({0}) {1} {2}")),
    "UY": (("598 9x nnn nnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"), ("09x nnn nnn", "{0} {1} {2}", "{0}{1}{2}"),
           ("2xnn nnnn", "{0} {1}", "{0}{1}")),
    "EC": (("593 9x nnn nnnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"),),
    "PY": (("595 9x1 nnn nnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"),),
    "BR": (("55 11 9xnnn nnnn", "+{0} {1} {2}-{3}", "+{0}{1}{2}{3}", "+{0} ({1}) {2}-{3}"),
           ("11 9xnnn nnnn", "({0}) {1}-{2}", "{0} {1}-{2}", "{0}{1}{2}"),
           ("21 9xnnn nnnn", "{0} {1} {2}", "({0}) {1}{2}"),
           ("41 3nnn nnnn", "({0}) {1}-{2}", "{0} {1}-{2}")),
}
ABROAD = (("1 305 xnn nnnn", "+{0} {1} {2} {3}", "+{0} ({1}) {2}-{3}", "+{0}{1}{2}{3}"),
          ("34 6nn nnn nnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}", "00{0} {1} {2} {3}"),
          ("39 3nn nnn nnnn", "+{0} {1} {2} {3}", "+{0}{1}{2}{3}"), ("44 7nnn nnnnnn", "+{0} {1} {2}"),
          ("591 7nnn nnnn", "+{0} {1} {2}", "+{0} {1}{2}"))


def phone(source, country):
    """A number of the country, of one in twelve from elsewhere."""
    rows = ABROAD if source.random() < 1 / 12 else PHONES[country]
    parts, *forms = source.choice(rows)
    groups = tuple(pattern(source, parts).split())
    shapes = tuple(form.format(*groups) for form in forms)
    return Identifier("phone", country, groups, shapes, frozenset(shape for shape in shapes if shape.startswith("+")))


FIRST = ("juan maria jose ana luis carla pedro lucia diego sofia jorge paula andres elena martin rosa pablo julia hugo "
         "nadia marcelo camila").split()
LAST = ("perez gomez lopez garcia diaz torres rojas silva castro vega rios molina soto vera luna paz campos ibarra "
        "quispe mamani ferreira").split()
DOMAINS = {"AR": ("yahoo.com.ar", "fibertel.com.ar", "hotmail.com.ar"), "MX": ("live.com.mx", "prodigy.net.mx"),
           "CO": ("outlook.es", "une.net.co"), "CL": ("vtr.net", "live.cl"), "PE": ("hotmail.es",),
           "UY": ("adinet.com.uy",),
           "EC": ("yahoo.es",), "PY": ("hotmail.es",), "BR": ("uol.com.br", "bol.com.br", "terra.com.br")}
EVERYWHERE = ("gmail.com", "gmail.com", "gmail.com", "hotmail.com", "outlook.com", "yahoo.com", "icloud.com")


@dataclasses.dataclass(frozen=True)
class Address:
    """An e-mail address: names and figures (`local`, `domain`) with the signs between them."""
    country: str
    local: tuple
    domain: tuple
    kind: str = "email"

    @property
    def written(self):
        return "".join(self.local) + "@" + "".join(self.domain)


def email(source, country):
    first, last = source.choice(FIRST), source.choice(LAST)
    sign = source.choice((".", ".", "_", "-", ""))
    local = [first, sign, last] if source.random() < 0.7 else [first[0] + last]
    if source.random() < 0.5:
        local += [source.choice(("", "", ".", "_")), str(source.randint(2, 99))]
    local = [part for part in local if part]
    if len(local) > 1 and "" == sign and local[0] == first:  # Names run together are one word.
        local[:2] = [first + last]
    domain = source.choice(EVERYWHERE + DOMAINS[country]).replace(".", " . ").split()
    return Address(country, tuple(local), tuple(domain))
