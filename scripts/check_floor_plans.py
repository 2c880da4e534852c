"""A connector's folder has the floor plan of every connector (src/connectors/README.md): a reader who knows one
knows all. A part that a provider lacks is left out, never renamed; a part that only this provider needs is named,
as `part`, in the folder's README.md."""

import re

import tree
from tree import Finding

PARTS = ("config", "shapes", "client", "mapping", "webhook", "connector")
NEEDED = ("README.md", "connector.hpp", "connector.cpp")
FILE = re.compile(r"^(README\.md|simulator\.py|simulator/\w+\.(py|json|toml)|day\.json|day/[\w-]+\.json|(%s)(_\w+)?\.(hpp|cpp)|testdata/.+)$" % "|".join(PARTS))


def check(root):
    found = []
    folders = {}
    for name in tree.files(root):
        if name.parts[:2] == ("src", "connectors") and len(name.parts) > 3 and name.parts[2] != "contract":
            folders.setdefault(name.parts[2], []).append("/".join(name.parts[3:]))
    registry = tree.read(root, "src/connectors/registry.cpp") if (root / "src/connectors/registry.cpp").is_file() else ""
    for folder, names in folders.items():
        home = f"src/connectors/{folder}"
        for needed in NEEDED:
            if needed not in names:
                found.append(Finding(f"{home}/{needed}", 1, "missing", "every connector has one"))
        if f'connectors/{folder}/' not in registry:
            found.append(Finding("src/connectors/registry.cpp", 1, f"does not name {folder}", "add its line"))
        readme = tree.read(root, f"{home}/README.md") if "README.md" in names else ""
        cases = set()
        for name in names:
            part = re.sub(r"(_test)?\.\w+$", "", name)
            if not FILE.match(name) and not re.search(rf"`{re.escape(part)}(\.\w+)?`", readme):
                found.append(Finding(f"{home}/{name}", 1, "no room for it in the floor plan",
                                     f"put it into one of {', '.join(PARTS)}, or say in README.md what it is for"))
            if match := re.match(r"testdata/cases/([^/]+)/", name):
                cases.add(match.group(1))
        for case in sorted(cases):
            for needed in ("given.json", "expected.json"):
                if f"testdata/cases/{case}/{needed}" not in names:
                    found.append(Finding(f"{home}/testdata/cases/{case}/{needed}", 1, "missing", "a case has both"))
    return found
