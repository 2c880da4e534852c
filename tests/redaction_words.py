"""Figures and letters as they are said, in Spanish and Portuguese: the words that a recogniser leaves in a text."""

ES_TO_29 = ("cero uno dos tres cuatro cinco seis siete ocho nueve diez once doce trece catorce quince dieciséis "
            "diecisiete dieciocho diecinueve veinte veintiuno veintidós veintitrés veinticuatro veinticinco "
            "veintiséis veintisiete veintiocho veintinueve").split()
ES_TENS = "- diez veinte treinta cuarenta cincuenta sesenta setenta ochenta noventa".split()
ES_HUNDREDS = ("- ciento doscientos trescientos cuatrocientos quinientos seiscientos setecientos ochocientos "
               "novecientos").split()
PT_TO_19 = ("zero um dois três quatro cinco seis sete oito nove dez onze doze treze catorze quinze dezesseis dezessete "
            "dezoito dezenove").split()
PT_TENS = "- dez vinte trinta quarenta cinquenta sessenta setenta oitenta noventa".split()
LETTER_NAMES = dict(zip("ABCDEFGHIJKLMNOPQRSTUVWXYZ", (
    "a", "be", "ce", "de", "e", "efe", "ge", "hache", "i", "jota", "ka", "ele", "eme", "ene", "o", "pe", "cu", "erre",
    "ese", "te", "u", "ve", "doble ve", "equis", "i griega", "zeta")))


def below_hundred(value, language="es"):
    if language == "pt":
        if value < 20:
            return PT_TO_19[value]
        return PT_TENS[value // 10] + (f" e {PT_TO_19[value % 10]}" if value % 10 else "")
    if value < 30:
        return ES_TO_29[value]
    return ES_TENS[value // 10] + (f" y {ES_TO_29[value % 10]}" if value % 10 else "")


def below_thousand(value):
    if value < 100:
        return below_hundred(value)
    if value == 100:
        return "cien"
    return ES_HUNDREDS[value // 100] + (f" {below_hundred(value % 100)}" if value % 100 else "")


def before_noun(words):
    """«veintiuno» is «veintiún» before «mil» and «millones», «uno» is «un»."""
    if words.endswith("veintiuno"):
        return words[:-len("veintiuno")] + "veintiún"
    return words[:-1] if words.endswith("uno") else words


def number_words(value):
    """A number below two thousand millions by its name, in parts: ["treinta millones", "cien mil", "dos"]."""
    millions, rest = divmod(value, 1_000_000)
    parts = []
    if millions:
        over, below = divmod(millions, 1000)
        name = " ".join(([before_noun(below_thousand(over)) if over > 1 else "", "mil"] if over else [])
                        + ([before_noun(below_thousand(below))] if below else [])).strip()
        parts.append("un millón" if millions == 1 else f"{name} millones")
    if rest >= 1000:
        parts.append("mil" if rest // 1000 == 1 else f"{before_noun(below_thousand(rest // 1000))} mil")
    if rest % 1000 or not parts:
        parts.append(below_thousand(rest % 1000))
    return parts


def say_digit(source, digit, language):
    if language == "pt":
        return "meia" if digit == "6" and source.random() < 0.7 else PT_TO_19[int(digit)]
    return ES_TO_29[int(digit)]


def say_digits(source, text, language):
    """Digits as somebody dictates them: one by one, in pairs, in hundreds, doubled and trebled; a list of sayings."""
    pairs, repeats, said, at = source.choice((0, 0.4, 0.9)), source.choice((0, 0.6)) if language == "es" else 0, [], 0
    while at < len(text):
        run = len(text) - at - len(text[at:].lstrip(text[at]))
        left = len(text) - at
        if run >= 3 and source.random() < repeats:
            said.append(f"triple {say_digit(source, text[at], language)}")
            at += 3
        elif run == 2 and source.random() < repeats:
            said.append(f"doble {say_digit(source, text[at], language)}")
            at += 2
        elif left == 3 and text[at] != "0" and language == "es" and source.random() < pairs / 3:
            said.append(below_thousand(int(text[at:])))
            at += 3
        elif left >= 2 and text[at] != "0" and source.random() < pairs:
            said.append(below_hundred(int(text[at:at + 2]), language))
            at += 2
        else:
            said.append(say_digit(source, text[at], language))
            at += 1
    return said


def say_group(source, text, language, letter_names):
    """Digits and letters of one group; letters as letters, or by their Spanish names."""
    said, at = [], 0
    while at < len(text):
        end = at + 1
        while end < len(text) and text[end].isdigit() and text[at].isdigit():
            end += 1
        if text[at].isdigit():
            said += say_digits(source, text[at:end], language)
        else:
            upper = text[at].upper()
            said.append(LETTER_NAMES[upper] if letter_names else upper)
        at = end
    return said
