"""Every link in a Markdown page leads to a file of this tree, or to a heading that exists."""

import os
import pathlib
import re

import tree
from tree import Finding

LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")


def without_code(text):
    """The page's lines with code blanked, so that line numbers stay."""
    fenced = False
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
            yield ""
        else:
            yield "" if fenced else re.sub(r"`[^`]*`", "", line)


def slug(heading):
    heading = re.sub(r"[*_`]|\[([^\]]*)\]\([^)]*\)", r"\1", heading).strip().lower()
    return re.sub(r"[^\w\- ]", "", heading).replace(" ", "-")


def anchors(text):
    fenced, found = False, {}
    for line in text.splitlines():
        if line.lstrip().startswith("```"):
            fenced = not fenced
        if not fenced and (match := re.match(r"#+\s+(.*)", line)):
            name = slug(match.group(1))
            found[name] = found.get(name, -1) + 1
            if found[name]:
                found[f"{name}-{found[name]}"] = 0
        found.update(dict.fromkeys(re.findall(r'<a (?:id|name)="([^"]+)"', line), 0))
    return set(found)


def check(root):
    found = []
    for name in tree.files(root, ".md"):
        for number, line in enumerate(without_code(tree.read(root, name)), 1):
            for target in LINK.findall(line):
                if re.match(r"[a-z][a-z0-9+.-]*:", target):
                    continue
                path, _, anchor = target.partition("#")
                goal = pathlib.PurePosixPath(os.path.normpath(name.parent / path)) if path else name
                if str(goal).startswith("..") or not (root / goal).exists():
                    found.append(Finding(str(name), number, f"the link {target} leads nowhere", "mend or drop it"))
                elif anchor and goal.suffix == ".md" and anchor not in anchors(tree.read(root, goal)):
                    found.append(Finding(str(name), number, f"{goal} has no heading #{anchor}", "mend or drop it"))
    return found
