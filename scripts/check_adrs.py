"""Decisions are pages of one form, and changes are fragments of one form."""

import re

import tree
from tree import Finding

ADR = re.compile(r"^\d{4}-\d{2}-\d{2}-[a-z0-9-]+\.md$")
HEADINGS = ["Context", "Decision", "Consequences", "Alternatives"]
STATUS = re.compile(r"^Status: (proposed|accepted|superseded by \[[^\]]+\]\([^)]+\)), (\d{4}-\d{2}-\d{2})\.?$")
ADR_LINES_MAX = 70
CHANGE = re.compile(r"^[a-z0-9-]+\.(added|changed|fixed|removed|security)\.md$")


def check_adr(root, name):
    text = tree.lines(root, name)
    if not ADR.match(name.name):
        yield Finding(str(name), 1, "not the name of a decision", "YYYY-MM-DD-slug.md")
    if not text or not text[0].startswith("# "):
        yield Finding(str(name), 1, "no title", "begin with `# The decision in a few words`")
    if not any(STATUS.match(line) for line in text[:5]):
        yield Finding(str(name), 3, "no status", "`Status: accepted, YYYY-MM-DD` below the title")
    headings = [line[3:].strip() for line in text if line.startswith("## ")]
    if headings != HEADINGS:
        yield Finding(str(name), 1, f"its parts are {headings}", "## " + ", ## ".join(HEADINGS))
    if len(text) > ADR_LINES_MAX:
        yield Finding(str(name), ADR_LINES_MAX, "more than a page", "one page, one proposal")


def check(root):
    found = []
    for name in tree.files(root, ".md"):
        folder = str(name.parent)
        if name.name == "README.md":
            continue
        if folder == "docs/adr":
            found += check_adr(root, name)
        if folder == "docs/changes" and not CHANGE.match(name.name):
            found.append(Finding(str(name), 1, "not the name of a change", "slug.(added|changed|fixed|removed|security).md"))
        if folder == "docs/changes" and not tree.read(root, name).strip():
            found.append(Finding(str(name), 1, "an empty change", "a sentence or two for a user"))
    return found
