"""Which room may include which. The law is the ROOMS lists of src/rooms.cmake (what a room links, it and what
lies below it may include); the table in ARCHITECTURE.md must say the same. From outside a room only its doors,
src/<room>/*.hpp, may be included; its closets are for itself and `main`. No cycles, of rooms or of files."""

import re

import tree
from tree import Finding

# Rooms on one level that never see each other, whatever the build file says.
PEERS = {"store", "blobs", "connectors", "audio", "speech", "redact", "audit", "models", "sinks", "notify"}
ROOM = re.compile(r"oidor_room\(\s*(\w+)([^)]*)\)")
ROW = re.compile(r"^\|(?P<rooms>(?:\s*`\w+`,?)+)\s*\|[^|]*\|(?P<may>[^|]*)\|\s*$")


def linked_rooms(root):
    """{room: rooms that src/rooms.cmake links to it}, directly."""
    text = re.sub(r"#.*", "", tree.read(root, "src/rooms.cmake"))
    table = {}
    for name, rest in ROOM.findall(text):
        words, into, taking = rest.split(), [], False
        for word in words:
            if word.isupper():
                taking = word == "ROOMS"
            elif taking:
                into.append(word)
        table[name] = set(into)
    return table


def closure(table):
    """{room: every room below it}."""
    def below(room, seen):
        for other in table.get(room, ()):
            if other not in seen:
                seen.add(other)
                below(other, seen)
        return seen
    return {room: below(room, set()) for room in table}


def documented_rooms(root):
    """{room: (line, rooms)} from the table in ARCHITECTURE.md; rooms is None for `everything`."""
    table = {}
    for number, line in enumerate(tree.lines(root, "ARCHITECTURE.md"), 1):
        if match := ROW.match(line):
            may = match.group("may")
            rooms = None if "everything" in may else set(re.findall(r"`(\w+)`", may))
            for room in re.findall(r"`(\w+)`", match.group("rooms")):
                table[room] = (number, rooms)
    return table


def check_tables(root, law):
    found = []
    linked = linked_rooms(root)
    for room, below in law.items():
        if room in below:
            found.append(Finding("src/rooms.cmake", 1, f"room {room} links itself in a circle", "cut one of the arrows"))
        if room in PEERS:
            for peer in sorted(linked[room] & PEERS):
                found.append(Finding("src/rooms.cmake", 1, f"{room} links its peer {peer}",
                                     "move what both need down, or join them in pipeline"))
    documented = documented_rooms(root)
    for room in sorted(set(law) | set(tree.rooms(root)) - {"main"}):
        if room not in law:
            found.append(Finding(f"src/{room}", 1, "a room that src/rooms.cmake does not name", "add its oidor_room line"))
        elif room not in documented:
            found.append(Finding("ARCHITECTURE.md", 1, f"room {room} is not in the table of arrows", "add its row"))
        elif documented[room][1] is not None and documented[room][1] != law[room]:
            found.append(Finding("ARCHITECTURE.md", documented[room][0],
                                 f"row of {room} says {sorted(documented[room][1])}, src/rooms.cmake {sorted(law[room])}",
                                 "make them agree; a new arrow is a decision"))
    return found


def check_includes(root, law):
    found = []
    for name in tree.sources(root):
        here = name.parts[1]
        for number, target in tree.includes(root, name):
            if not (root / "src" / target).is_file():
                found.append(Finding(str(name), number, f'there is no src/{target}', "write the path from src/"))
                continue
            there, parts = target.split("/")[0], target.split("/")
            if there == here or here == "main":
                continue
            if there not in law.get(here, set()):
                found.append(Finding(str(name), number, f"{here} may not include {there}",
                                     "see the table of arrows in ARCHITECTURE.md"))
            elif len(parts) > 2:
                found.append(Finding(str(name), number, f"{target} is a closet of {there}",
                                     f"include a door, src/{there}/*.hpp"))
    return found


def check_cycles(root):
    """A circle of headers that include each other."""
    graph = {str(name.relative_to("src")): [target for _, target in tree.includes(root, name)]
             for name in tree.sources(root, ".hpp")}
    found, state = [], {}

    def visit(name, trail):
        state[name] = "open"
        for target in graph.get(name, ()):
            if state.get(target) == "open":
                circle = trail[trail.index(target):] + [target]
                found.append(Finding(f"src/{name}", 1, "headers in a circle: " + " -> ".join(circle), "cut one include"))
            elif target not in state:
                visit(target, trail + [target])
        state[name] = "done"

    for name in graph:
        if name not in state:
            visit(name, [name])
    return found


def check(root):
    law = closure(linked_rooms(root))
    return check_tables(root, law) + check_includes(root, law) + check_cycles(root)
