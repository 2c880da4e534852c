"""Each room has a README.md of at most a screen; files stay under 500 lines; no room is a drawer for odds and
ends; the root stays small."""

import tree
from tree import Finding

LINES_MAX = 500
README_LINES_MAX = 60
DRAWERS = {"common", "utils", "util", "core", "misc", "helpers", "shared", "lib"}
ROOT_FOLDERS_MAX = 10
# Tables that a program wrote, and whoever reads them reads the program instead.
MADE = {"src/audit/folding_table.cpp"}


def check(root):
    found = []
    for room in tree.rooms(root):
        if room in DRAWERS:
            found.append(Finding(f"src/{room}", 1, "a room without a subject", "name it for what it is"))
        readme = root / "src" / room / "README.md"
        if not readme.is_file():
            found.append(Finding(f"src/{room}/README.md", 1, "missing",
                                 "say what the room is for, what it must never do, where to start"))
        elif len(readme.read_text(encoding="utf-8").splitlines()) > README_LINES_MAX:
            found.append(Finding(f"src/{room}/README.md", README_LINES_MAX, "more than a screen", "shorten it"))
    for name in tree.files(root, ".cpp", ".hpp", ".py", ".sh"):
        count = len(tree.lines(root, name))
        if count > LINES_MAX and str(name) not in MADE:
            found.append(Finding(str(name), LINES_MAX, f"{count} lines", f"at most {LINES_MAX}: is it one subject, or two?"))
    folders = {name.parts[0] for name in tree.files(root) if len(name.parts) > 1 and not name.parts[0].startswith(".")}
    if len(folders) > ROOT_FOLDERS_MAX:
        found.append(Finding("README.md", 1, f"{len(folders)} folders at the root", f"at most {ROOT_FOLDERS_MAX}"))
    return found
