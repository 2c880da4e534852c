"""The catalogue tells the truth: every event of events.inc is emitted somewhere outside its own room and the tests,
with the fields that its metrics are moved by; every metric is moved by an event or set."""

import re

import tree
from tree import Finding

EVENTS, METRICS = "src/telemetry/events.inc", "src/telemetry/metrics.inc"
EVENT = re.compile(r"^OIDOR_EVENT\(\w+, (\w+),.*?\",(.*)\)$")
METRIC = re.compile(r"^OIDOR_METRIC\((\w+),")
MOVE = re.compile(r"(\w+)\(Metric::(\w+)\)")
# What an event must carry to move a metric by more than one.
FIELDS = {"count": ".count", "size": ".size_bytes", "seconds": ".duration", "audio": ".audio_duration"}


def rows(root, name, pattern):
    if not (root / name).is_file():
        return []
    return [(number, match) for number, line in enumerate(tree.lines(root, name), 1) if (match := pattern.match(line))]


def users(root):
    """Our sources as text, without tests and without telemetry itself."""
    return [tree.read(root, name) for name in tree.sources(root)
            if name.parts[1] != "telemetry" and not name.name.endswith("_test.cpp")
            and "testing" not in name.parts and "contract" not in name.parts]


def check(root):
    texts = [(text, set(re.findall(r"\bEvent::(\w+)", text))) for text in users(root)]
    found, moved = [], set()
    for text, _ in texts:
        moved.update(re.findall(r"\bMetric::(\w+)", text))
    for number, match in rows(root, EVENTS, EVENT):
        name, moves = match.group(1), MOVE.findall(match.group(2))
        naming = [text for text, events in texts if name in events]
        if not naming:
            found.append(Finding(EVENTS, number, f"nothing emits {name}", "emit it where it happens, or delete the row"))
            continue
        for amount, metric in moves:
            field = FIELDS.get(amount)
            if field and not any(field + " =" in text for text in naming):
                found.append(Finding(EVENTS, number, f"{name} is emitted without {field}, which moves {metric}",
                                     f"give {field} where it is emitted"))
            else:
                moved.add(metric)
    # The room's own counter of what it left out.
    own = "".join(tree.read(root, name) for name in tree.sources(root, ".cpp") if name.parts[1] == "telemetry"
                  and not name.name.endswith("_test.cpp"))
    moved.update(re.findall(r"\badd\(Metric::(\w+)", own))
    for number, match in rows(root, METRICS, METRIC):
        if match.group(1) not in moved:
            found.append(Finding(METRICS, number, f"nothing moves {match.group(1)}",
                                 "let an event move it or set it, or delete the row"))
    return found
