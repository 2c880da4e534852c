"""Public types, those in a room's doors, carry a `///` sentence. Left out: specialisations, which are what their
template is, and enumerations of one line, whose values say it all."""

import re

import tree
from tree import Finding

TYPE = re.compile(r"^(?:enum class|enum struct|class|struct|union)\s+(?:\[\[\w+\]\]\s+)?(\w+)(?![\w:<])(?:[^;]*$|[^;]*\{)")
ONE_LINE_ENUM = re.compile(r"^enum (?:class|struct) [^{]*\{[^}]*\};")


def check(root):
    found = []
    for name in tree.doors(root):
        text = tree.lines(root, name)
        for index, line in enumerate(text):
            if not (match := TYPE.match(line)) or ONE_LINE_ENUM.match(line):
                continue
            above = index - 1
            while above >= 0 and re.match(r"(template\b|requires\b|\s+(typename|class|requires)\b|\[\[)", text[above]):
                above -= 1
            if above < 0 or not text[above].startswith("///"):
                found.append(Finding(str(name), index + 1, f"public type {match.group(1)} has no comment",
                                     "a /// sentence above it: what the name cannot say"))
    return found
