"""What a user would write for the audit benchmark: the same phrases in a Python `re` loop over the same text.

    python3 bench/audit_baseline.py [scorecards/general-es.toml]

Prints one JSON line. No windows, no evidence, no sentiment: less work than bench/audit_bench.cpp does.
"""
import json
import re
import statistics
import sys
import time
import tomllib
import unicodedata
from pathlib import Path

HERE = Path(__file__).resolve().parent
RUNS = 5


def fold(text):
    marks_apart = unicodedata.normalize("NFD", text.lower())
    return "".join(c for c in marks_apart if not unicodedata.combining(c))


def conversation():
    """The turns of audit_bench.cpp, repeated to about 8 KB."""
    source = (HERE / "audit_bench.cpp").read_text(encoding="utf-8")
    block = source[source.index("kTurns[] = {"):source.index("};", source.index("kTurns[] = {"))]
    turns = re.findall(r'^\s*"(.*)",$', block, re.MULTILINE)
    segments, size = [], 0
    while size < 8000:
        text = turns[len(segments) % len(turns)]
        segments.append(text)
        size += len(text.encode())
    return segments


def main():
    path = sys.argv[1] if len(sys.argv) > 1 else HERE.parent / "scorecards" / "general-es.toml"
    card = tomllib.loads(Path(path).read_text(encoding="utf-8"))
    phrases = [p for criterion in card["criteria"] for p in criterion.get("phrases", [])]
    patterns = [re.compile(r"\b" + re.escape(fold(phrase)) + r"\b") for phrase in phrases]
    segments = conversation()
    rates = []
    for _ in range(RUNS):
        begin = time.process_time()
        count = 0
        while time.process_time() - begin < 1.0:
            text = fold(" ".join(segments))
            found = [pattern.search(text) is not None for pattern in patterns]
            count += 1
        rates.append(count / (time.process_time() - begin))
    print(json.dumps({"name": "audit_baseline_python_re", "phrases": len(phrases), "found": sum(found),
                      "audits_per_s": round(statistics.median(rates), 1)}))


main()
