"""Writes folding_table.cpp from Python's Unicode data: run it by hand, keep what it writes in the tree.

Folding: lower case, without accents, ligatures apart; ñ stays a letter of its own.
"""
import sys
import unicodedata as ud

EXTRA = {"ø": "o", "đ": "d", "ł": "l", "æ": "ae", "œ": "oe", "ß": "ss", "ð": "d", "þ": "th", "ı": "i",
         "ħ": "h", "ŧ": "t", "ĸ": "k", "ŋ": "n", "ŀ": "l", "ŉ": "n",
         "ⱥ": "a", "ⱦ": "t", "ẞ": "ss", "ſ": "s"}
FOLDED = [(0x80, 0x24F), (0x370, 0x52F), (0x1E00, 0x1FFF), (0xFB00, 0xFB06), (0xFF10, 0xFF5A)]
MARKS = [(0x300, 0x36F), (0x483, 0x487), (0x1AB0, 0x1AFF), (0x1DC0, 0x1DFF), (0x20D0, 0x20FF), (0xFE00, 0xFE0F),
         (0xFE20, 0xFE2F), (0xE0100, 0xE01EF)]
IGNORED = [0xAD, 0xB4, 0x2BC, 0x2B9, 0x200C, 0x200D, 0x2018, 0x2019, 0x2060, 0xFEFF, 0xFF07]
BREAKS = [0xA1, 0xBF, 0x2013, 0x2014, 0x2028, 0x2029, 0x3002, 0xFF01, 0xFF0C, 0xFF1F]


def is_mark(code):
    return any(low <= code <= high for low, high in MARKS)


def fold(character):
    text = character
    for _ in range(3):
        text = text.lower()
        text = "".join(EXTRA.get(c, c) for c in text)
        if text == "ñ":
            return text
        text = "".join(c for c in ud.normalize("NFKD", text) if not is_mark(ord(c)) and ord(c) not in IGNORED)
    return text


def is_word(character):
    return ud.category(character)[0] in "LNM"


def entries():
    for low, high in FOLDED:
        for code in range(low, high + 1):
            character = chr(code)
            if not is_word(character) or is_mark(code) or code in IGNORED:
                continue
            folded = fold(character)
            if not folded or not all(is_word(c) for c in folded):
                continue
            if len(folded.encode()) > min(3, len(character.encode())):
                print(f"U+{code:04X} would fold to more bytes than it has: left as it is", file=sys.stderr)
                continue
            if folded != character:
                yield code, folded


def ranges(codes):
    found = []
    for code in codes:
        if found and found[-1][1] == code - 1:
            found[-1][1] = code
        else:
            found.append([code, code])
    return found


def separators():
    """Everything from U+0080 that is no letter, number or mark; unassigned code points count as letters."""
    skipped = set(IGNORED)
    for code in range(0x80, 0x20000):
        if 0xD800 <= code <= 0xDFFF or is_mark(code) or code in skipped:
            continue
        category = ud.category(chr(code))
        if category[0] in "PSZC" and category not in ("Cn", "Co"):
            yield code


def quoted(text):
    return '"' + "".join(f"\\x{byte:02x}" for byte in text.encode()) + '"'


def rows(cells, width=96):
    line = "   "
    for cell in cells:
        if len(line) + len(cell) + 2 > width:
            yield line
            line = "   "
        line += " " + cell + ","
    yield line


def main():
    lower = [(code, chr(code).lower()) for code in range(0x80, 0x20000)
             if not 0xD800 <= code <= 0xDFFF and chr(code).lower() != chr(code)]
    lower = [(code, ord(text)) for code, text in lower if len(text) == 1]
    out = [f"// Written by folding_table.py from Unicode {ud.unidata_version}; not edited by hand.",
           '#include "audit/folding_table.hpp"', "", "namespace oidor::audit {", "namespace {", "",
           "// clang-format off", "constexpr FoldEntry kFolds[] = {"]
    out += rows(f"{{0x{code:x}, {len(text.encode())}, {quoted(text)}}}" for code, text in entries())
    out += ["};", "", "constexpr LowerEntry kLowers[] = {"]
    out += rows(f"{{0x{code:x}, 0x{to:x}}}" for code, to in lower)
    out += ["};", "", "constexpr CodeRange kSeparators[] = {"]
    out += rows(f"{{0x{low:x}, 0x{high:x}}}" for low, high in ranges(separators()))
    out += ["};", "", "constexpr CodeRange kMarks[] = {"]
    out += rows(f"{{0x{low:x}, 0x{high:x}}}" for low, high in MARKS)
    out += ["};", "", "constexpr CodeRange kIgnoredRanges[] = {"]
    out += rows(f"{{0x{low:x}, 0x{high:x}}}" for low, high in ranges(sorted(IGNORED)))
    out += ["};", "", "constexpr CodeRange kBreaks[] = {"]
    out += rows(f"{{0x{low:x}, 0x{high:x}}}" for low, high in ranges(sorted(BREAKS)))
    out += ["};", "// clang-format on", "", "}  // namespace", ""]
    for name, table, kind in (("fold_entries", "kFolds", "FoldEntry"), ("lower_entries", "kLowers", "LowerEntry"),
                              ("separator_ranges", "kSeparators", "CodeRange"), ("mark_ranges", "kMarks", "CodeRange"),
                              ("ignored_ranges", "kIgnoredRanges", "CodeRange"), ("break_ranges", "kBreaks", "CodeRange")):
        out.append(f"std::span<const {kind}> {name}() {{ return {table}; }}")
    out += ["", "}  // namespace oidor::audit"]
    print("\n".join(out))


main()
