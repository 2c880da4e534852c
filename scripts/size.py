#!/usr/bin/env python3
"""The measures of our own tree, beside what we aim at: `./dev size`."""

import pathlib
import re
import statistics

import check_comments
import tree

ROOT = pathlib.Path(__file__).resolve().parent.parent


def percentile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else 0


def function_lengths(text):
    """Lines of each function body, by the layout that clang-format leaves: a line of namespace or class level that
    ends with `{` and has a parameter list, up to the brace that closes it."""
    lengths, start, indent = [], None, ""
    for number, line in enumerate(text):
        if start is None:
            match = re.match(r"^( {0,4})\S.*\)[^;=]*\{$|^( {0,4})\S.*\) (?:const |noexcept |override )*\{$", line)
            if match and not re.match(r"\s*(if|for|while|switch|namespace|class|struct|enum|do|else|TEST)\b", line):
                start, indent = number, re.match(r" *", line).group()
        elif line.startswith(indent + "}") and not line.startswith(indent + "} else"):
            lengths.append(number - start + 1)
            start = None
    return lengths


def main():
    ours = [name for name in tree.files(ROOT, ".cpp", ".hpp") if name.parts[0] in ("src", "bench")]
    tests = [name for name in tree.files(ROOT, ".cpp", ".py") if name.name.endswith("_test.cpp") or
             "contract" in name.parts or name.parts[0] == "tests" or name.parts[:2] == ("scripts", "tests")]
    plain = [name for name in ours if name not in tests]
    count = {name: len(tree.lines(ROOT, name)) for name in set(ours) | set(tests)}
    functions = [length for name in plain for length in function_lengths(tree.lines(ROOT, name))]
    headers = tree.doors(ROOT)
    spoken = [name for name in headers if tree.read(ROOT, name).startswith("//")]
    types = sum(len(re.findall(check_comments.TYPE.pattern, tree.read(ROOT, name), re.M)) for name in headers)
    bare = len(check_comments.check(ROOT))
    todo = sum(len(re.findall(r"\bT[O]DO\b", tree.read(ROOT, name))) for name in ours)
    total, tested = sum(count[name] for name in plain), sum(count[name] for name in tests)
    long_files = [name for name in plain if count[name] > 500]

    def share(part, whole):
        return f"{100 * part / whole:.1f} %" if whole else "-"

    rows = [
        ("folders at the root", len({name.parts[0] for name in tree.files(ROOT)
                                     if len(name.parts) > 1 and not name.parts[0].startswith(".")}), "10 or fewer"),
        ("source files, lines", f"{len(plain)}, {total}", ""),
        ("file, median / 90th percentile lines",
         f"{statistics.median([count[name] for name in plain] or [0]):.0f} / {percentile([count[name] for name in plain], 0.9)}",
         "60-150 / under 400"),
        ("files over 500 lines", share(len(long_files), len(plain)), "under 5 %"),
        ("functions, 95th percentile lines", percentile(functions, 0.95), "under 50"),
        ("functions over 70 lines", share(sum(length > 70 for length in functions), len(functions)), "under 1 %"),
        ("public headers that say what they are for", share(len(spoken), len(headers)), "over 90 %"),
        ("public types with a comment", share(types - bare, types), "over 80 %"),
        ("TODOs per thousand lines", f"{1000 * todo / max(total, 1):.2f}", "under 0.3"),
        ("test lines per source line", f"{tested / max(total, 1):.2f}", "0.9-2.1"),
    ]
    for what, value, aim in rows:
        print(f"{what:44} {value!s:>16}   {aim}")
    print()
    for room in tree.rooms(ROOT):
        mine = [name for name in plain if name.parts[:2] == ("src", room)]
        test = [name for name in tests if name.parts[:2] == ("src", room)]
        print(f"src/{room:14} {len(mine):4} files {sum(count[name] for name in mine):6} lines"
              f"   tests {sum(count[name] for name in test):6} lines")


if __name__ == "__main__":
    main()
