"""Personal identifiers of Spanish America and Brazil, invented at random and right to the last check digit.

    identifier = MAKERS["rut"](random.Random(1), "CL")
    identifier.groups        ("12", "345", "678", "5"): as people read it out
    identifier.shapes        ("12.345.678-5", "12345678-5", …): as people write it

The check digits follow the public definition of each number (law, central bank or tax office), written here on their
own: nothing of the program is used, so that one mistake cannot hide another."""

import dataclasses
import string

LETTERS = string.ascii_uppercase
CONSONANTS = "BCDFGHJKLMNPQRSTVWXYZ"
VOWELS = "AEIOU"


@dataclasses.dataclass(frozen=True)
class Identifier:
    """One invented identifier. `shapes` are its written forms; those also in `alone` need no context word: nothing
    else looks like them."""
    kind: str
    country: str
    groups: tuple
    shapes: tuple
    alone: frozenset = frozenset()


# Check digits -------------------------------------------------------------------------------------------------

def weighted(digits, weights):
    """The sum of the digits, each times its weight."""
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))


def luhn_digit(body):
    """ISO/IEC 7812: every second digit from the right is doubled, its digits added up."""
    total = 0
    for place, digit in enumerate(reversed(body)):
        value = int(digit) * (2 if place % 2 == 0 else 1)
        total += value - 9 if value > 9 else value
    return str(-total % 10)


def cbu_digits(bank_and_branch, account):
    """Banco Central de la República Argentina: the two check digits of a CBU or CVU, of 7 and of 13 digits."""
    return (str(-weighted(bank_and_branch, (7, 1, 3, 9, 7, 1, 3)) % 10),
            str(-weighted(account, (3, 9, 7, 1, 3, 9, 7, 1, 3, 9, 7, 1, 3)) % 10))


def clabe_digit(body):
    """Asociación de Bancos de México: weights 3, 7, 1, each product modulo 10."""
    return str(-sum(int(digit) * (3, 7, 1)[place % 3] % 10 for place, digit in enumerate(body)) % 10)


def cuit_digit(body):
    """AFIP: modulo 11 of ten digits; None where it would be 10 (such a number gets another prefix)."""
    value = -weighted(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return None if value == 10 else str(value)


def rut_digit(body):
    """Registro Civil de Chile: modulo 11, weights 2 to 7 from the right; 10 is K."""
    value = -sum(int(digit) * (2 + place % 6) for place, digit in enumerate(reversed(body))) % 11
    return "K" if value == 10 else str(value)


def curp_digit(body):
    """RENAPO: each of 17 characters by its place in the alphabet with Ñ, weights 18 to 2."""
    alphabet = "0123456789ABCDEFGHIJKLMNÑOPQRSTUVWXYZ"
    return str(-sum(alphabet.index(letter) * (18 - place) for place, letter in enumerate(body)) % 10)


def rfc_digit(body):
    """SAT: 12 characters (a company's eleven after a blank), weights 13 to 2, modulo 11; 10 is A."""
    alphabet = "0123456789ABCDEFGHIJKLMN&OPQRSTUVWXYZ Ñ"
    value = -sum(alphabet.index(letter) * (13 - place) for place, letter in enumerate(body.rjust(12))) % 11
    return "A" if value == 10 else str(value)


def cedula_ec_digit(body):
    """Registro Civil del Ecuador: modulo 10, weights 2, 1, 2, 1 …"""
    return luhn_digit(body)  # Nine digits: doubling every second from the right is doubling the first, third …


def cedula_uy_digit(body):
    """Dirección Nacional de Identificación Civil: seven digits."""
    return str(-weighted(body, (2, 9, 8, 7, 6, 3, 4)) % 10)


def ruc_ec_digit(body):
    """SRI: modulo 11 of a company's nine digits or a public body's eight; None where it would be 10."""
    value = -weighted(body, (4, 3, 2, 7, 6, 5, 4, 3, 2) if len(body) == 9 else (3, 2, 7, 6, 5, 4, 3, 2)) % 11
    return None if value == 10 else str(value)


def ruc_pe_digit(body):
    """SUNAT: eleven minus the sum modulo 11; 10 is 0, 11 is 1."""
    return str((11 - weighted(body, (5, 4, 3, 2, 7, 6, 5, 4, 3, 2)) % 11) % 10)


def ruc_py_digit(body):
    """DNIT: weights 2, 3, 4 … from the right, modulo 11; 10 is 0."""
    return str(-sum(int(digit) * (2 + place) for place, digit in enumerate(reversed(body))) % 11 % 10)


def cpf_digits(body):
    """Receita Federal: two digits modulo 11 of nine; 10 is 0."""
    for _ in range(2):
        body += str(-weighted(body, range(len(body) + 1, 1, -1)) % 11 % 10)
    return body[-2:]


def cnpj_digits(body):
    """Receita Federal: two digits modulo 11 of twelve; a letter counts as its ASCII code less 48 (since July 2026)."""
    for _ in range(2):
        total = sum((ord(letter) - 48) * (2 + place % 8) for place, letter in enumerate(reversed(body)))
        body += str(-total % 11 % 10)
    return body[-2:]


# Makers: (random source, country) -> Identifier ----------------------------------------------------------------

def digits(source, count):
    return "".join(source.choice(string.digits) for _ in range(count))


def cut(text, *sizes):
    """The text in pieces of these sizes; what is over is the last piece."""
    pieces, at = [], 0
    for size in sizes:
        pieces.append(text[at:at + size])
        at += size
    return tuple(piece for piece in (*pieces, text[at:]) if piece)


def dotted(number):
    """Dots at the thousands: 30.123.456"""
    return f"{int(number):,}".replace(",", ".")


def thousands(number):
    return tuple(dotted(number).split("."))


# (what it begins with, from and to; length): the networks' published ranges, with the cards of single countries.
CARDS = (
    (4, 4, 16), (4, 4, 16), (4, 4, 16), (4, 4, 13), (4, 4, 19), (51, 55, 16), (51, 55, 16), (2221, 2720, 16),
    (34, 34, 15),
    (37, 37, 15), (300, 305, 14), (36, 36, 14), (38, 38, 14), (6011, 6011, 16), (644, 659, 16), (3528, 3589, 16),
    (622126, 622925, 16), (6250, 6259, 17), (6250, 6259, 18), (6250, 6259, 19), (5018, 5018, 16), (6304, 6304, 16))
CARDS_OF = {"AR": ((589562, 589562, 16), (604201, 604400, 16), (589657, 589657, 16)), "BR": ((636368, 636368, 16),
            (506699, 506778, 16), (606282, 606282, 16)), "MX": ((506199, 506199, 16), (502275, 502275, 16)),
            "UY": ((589892, 589892, 16),), "CO": ((590712, 590712, 16),)}
CARD_GROUPS = {13: (4, 4, 5), 14: (4, 6, 4), 15: (4, 6, 5), 16: (4, 4, 4, 4), 17: (4, 4, 4, 5), 18: (4, 4, 4, 6),
               19: (4, 4, 4, 4, 3)}


def card(source, country):
    least, most, length = source.choice(CARDS + CARDS_OF.get(country, ()))
    prefix = str(source.randint(least, most))
    body = prefix + digits(source, length - 1 - len(prefix))
    number = body + luhn_digit(body)
    groups = cut(number, *CARD_GROUPS[length])
    shapes = (" ".join(groups), "-".join(groups), number, " ".join(groups), number)
    return Identifier("card", country, groups, shapes, frozenset(shapes if length in (15, 16) else ()))


def card_code(source, country):
    code = digits(source, source.choice((3, 3, 3, 4)))
    return Identifier("card_code", country, (code,), (code,))


def cbu(source, country):
    if source.random() < 0.3:  # A CVU: a provider of payments instead of bank and branch.
        start = "000" + source.choice(("0003", "0007", "0013", "0022", "0031"))
    else:
        start = source.choice(("007", "011", "014", "015", "017", "027", "029", "034", "072", "150", "191", "285",
                               "299"))
        start += digits(source, 4)
    account = digits(source, 13)
    first, second = cbu_digits(start, account)
    blocks = (start + first, account + second)
    number = "".join(blocks)
    fours = cut(number, 4, 4, 4, 4, 4)
    shapes = (number, number, " ".join(blocks), "-".join(blocks), " ".join(fours))
    return Identifier("cbu", country, fours, shapes, frozenset(shapes))


def clabe(source, country):
    body = source.choice(("002", "012", "014", "021", "036", "044", "058", "072", "127", "137", "638", "646", "722"))
    body += digits(source, 14)
    number = body + clabe_digit(body)
    parts, fours = cut(number, 3, 3, 11), cut(number, 4, 4, 4, 4)
    shapes = (number, number, " ".join(parts), "-".join(parts), " ".join(fours))
    return Identifier("clabe", country, fours, shapes, frozenset(shapes))


def dni_number(source):
    return str(source.choice((source.randint(4_000_000, 9_999_999), source.randint(10_000_000, 49_999_999),
                              source.randint(10_000_000, 49_999_999), source.randint(92_000_000, 95_999_999))))


def cuit(source, country):
    while True:
        company = source.random() < 0.3
        prefix = source.choice(("30", "30", "33", "34") if company else ("20", "27", "23", "24"))
        middle = digits(source, 8) if company else dni_number(source).rjust(8, "0")
        check = cuit_digit(prefix + middle)
        if check is not None:
            break
    dashes = f"{prefix}-{middle}-{check}"
    dots = f"{prefix}-{middle[:2]}.{middle[2:5]}.{middle[5:]}-{check}"
    shapes = (dashes, dashes, prefix + middle + check, f"{prefix} {middle} {check}", dots)
    return Identifier("cuit", country, (prefix, *cut(middle, 2, 3), check), shapes, frozenset((dashes, dots)))


def dni_ar(source, country):
    number = dni_number(source)
    shapes = (dotted(number), number, dotted(number), number, " ".join(thousands(number)))
    return Identifier("dni_ar", country, thousands(number), shapes)


def dni_pe(source, country):
    number = str(source.choice((0, 1, 2, 4, 4, 7))) + digits(source, 7)
    groups = cut(number, *source.choice(((2, 2, 2), (4,), (2, 3))))
    return Identifier("dni_pe", country, groups, (number, number, number, " ".join(groups)))


def rut(source, country):
    body = str(source.choice((source.randint(4_000_000, 26_999_999), source.randint(76_000_000, 78_999_999))))
    check = rut_digit(body)
    if check == "K" and source.random() < 0.5:
        check = "k"
    dots, dash = f"{dotted(body)}-{check}", f"{body}-{check}"
    shapes = (dots, dots, dash, body + check, f"{dotted(body)} {check}")
    return Identifier("rut", country, (*thousands(body), check), shapes, frozenset((dots, dash)))


def letters(source, count, among=LETTERS):
    return "".join(source.choice(among) for _ in range(count))


def birth(source):
    return f"{source.randint(0, 99):02}{source.randint(1, 12):02}{source.randint(1, 28):02}"


def name_letters(source):
    return source.choice(CONSONANTS) + source.choice(VOWELS) + letters(source, 2)


STATES = ("AS BC BS CC CL CM CS CH DF DG GT GR HG JC MC MN MS NT NL OC PL QT QR SP SL SR TC TS TL VZ YN ZS NE").split()


def curp(source, country):
    name, day, sex, state = name_letters(source), birth(source), source.choice("HM"), source.choice(STATES)
    # The century: a figure for those born before 2000, a letter for those born since.
    inner, mark = letters(source, 3, CONSONANTS), source.choice("0A" if int(day[:2]) < 12 else "0")
    body = name + day + sex + state + inner + mark
    tail = mark + curp_digit(body)
    whole = body + tail[-1]
    shapes = (whole, whole, whole.lower(), f"{name} {day} {sex}{state}{inner} {tail}")
    return Identifier("curp", country, (name, *cut(day, 2, 2), sex + state, inner, tail), shapes, frozenset(shapes[:3]))


def rfc(source, country):
    name = name_letters(source) if source.random() < 0.7 else letters(source, 3)
    day, mark = birth(source), letters(source, 2, LETTERS + "123456789")
    mark += rfc_digit(name + day + mark)
    whole = name + day + mark
    shapes = (whole, whole, whole.lower(), f"{name}-{day}-{mark}", f"{name} {day} {mark}")
    return Identifier("rfc", country, (name, *cut(day, 2, 2), mark), shapes, frozenset((whole, f"{name}-{day}-{mark}")))


def cedula_co(source, country):
    number = str(source.choice((source.randint(300_000, 9_999_999), source.randint(10_000_000, 99_999_999),
                                source.randint(1_000_000_000, 1_199_999_999))))
    return Identifier("cedula_co", country, thousands(number),
                      (dotted(number), number, number, " ".join(thousands(number))))


def cedula_ec_number(source):
    body = f"{source.choice((*range(1, 25), 30)):02}{source.randint(0, 5)}{digits(source, 6)}"
    return body + cedula_ec_digit(body)


def cedula_ec(source, country):
    number = cedula_ec_number(source)
    groups = cut(number, 2, 2, 2, 2)
    return Identifier("cedula_ec", country, groups, (number, number, f"{number[:9]}-{number[9:]}", " ".join(groups)))


def cedula_uy(source, country):
    body = f"{source.randint(1, 6)}{digits(source, 6)}"
    check = cedula_uy_digit(body)
    dots = f"{dotted(body)}-{check}"
    return Identifier("cedula_uy", country, (*thousands(body), check),
                      (dots, dots, f"{body}-{check}", body + check), frozenset((dots,)))


def ruc_ec(source, country):
    while True:
        province, choice = f"{source.randint(1, 24):02}", source.random()
        if choice < 0.5:
            number = cedula_ec_number(source) + "001"
            break
        body = province + ("9" + digits(source, 6) if choice < 0.85 else "6" + digits(source, 5))
        check = ruc_ec_digit(body)
        if check is not None:
            number = body + check + ("001" if choice < 0.85 else "0001")
            break
    return Identifier("ruc_ec", country, cut(number, 2, 2, 2, 2, 2), (number, number, f"{number[:10]} {number[10:]}"))


def ruc_pe(source, country):
    prefix = source.choice(("10", "20", "20", "15", "17"))
    body = prefix + digits(source, 8)
    number = body + ruc_pe_digit(body)
    return Identifier("ruc_pe", country, cut(number, 2, 3, 3),
                      (number, number, f"{prefix} {number[2:10]} {number[10:]}"))


def ruc_py(source, country):
    body = str(source.choice((source.randint(80_000_000, 80_150_000), source.randint(400_000, 7_999_999))))
    check = ruc_py_digit(body)
    dash = f"{body}-{check}"
    return Identifier("ruc_py", country, (*thousands(body), check),
                      (dash, dash, f"{dotted(body)}-{check}", body + check))


def cpf(source, country):
    body = digits(source, 9)
    number = body + cpf_digits(body)
    groups = cut(number, 3, 3, 3)
    dots = f"{groups[0]}.{groups[1]}.{groups[2]}-{groups[3]}"
    return Identifier("cpf", country, groups, (dots, dots, number, " ".join(groups)), frozenset((dots,)))


def cnpj(source, country):
    if source.random() < 0.1:  # The form with letters.
        body = letters(source, 8, LETTERS + string.digits) + source.choice(("0001", "01DE", "0A01"))
    else:
        body = digits(source, 8) + source.choice(("0001", "0001", "0002", "0013"))
    number = body + cnpj_digits(body)
    groups = cut(number, 2, 3, 3, 4)
    dots = f"{groups[0]}.{groups[1]}.{groups[2]}/{groups[3]}-{groups[4]}"
    shapes = (dots, dots, number) if number.isdigit() else (dots,)
    return Identifier("cnpj", country, groups, shapes, frozenset((dots,)))


MAKERS = {maker.__name__: maker for maker in (
    card, card_code, cbu, clabe, cuit, dni_ar, dni_pe, rut, curp, rfc, cedula_co, cedula_ec, cedula_uy, ruc_ec, ruc_pe,
    ruc_py, cpf, cnpj)}
