"""Headers: the first line says what it is for, `#pragma once`, heavy third parties stay out of what other
rooms include, and each of those compiles alone (the standard library apart: it is read once for all of them, or this
would take half of the time of a whole check)."""

import hashlib
import os
import pathlib
import re
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor

import tree
from tree import Finding

HEAVY = re.compile(r"^\s*#\s*include\s*<(boost/(beast|asio)\b.*|gtest/.*|gmock/.*|boost/json\.hpp|libav\w+/.*|openssl/.*|"
                   r"sqlite3\.h|curl/.*|toml\+\+/.*|phonenumbers/.*|re2/.*)>")
COMPILE = ["g++", "-std=c++23", "-Wall", "-Wextra"]
STANDARD = ("array", "chrono", "cstddef", "cstdint", "filesystem", "functional", "map", "memory", "optional", "set", "span",
            "stop_token", "string", "string_view", "utility", "variant", "vector")
PRECOMPILE_FROM = 10  # doors


def public(root):
    """The headers that another room includes."""
    return {"src/" + target for name in tree.sources(root) for _, target in tree.includes(root, name)
            if target.split("/")[0] != name.parts[1]}


def check_form(root, name, seen_outside):
    text = tree.lines(root, name)
    first = text[0] if text else ""
    if not first.startswith("//") or len(first.strip("/ ").split()) < 3:
        yield Finding(str(name), 1, "the header does not say what it is for", "begin it with a comment, a sentence")
    if "#pragma once" not in text[:12]:
        yield Finding(str(name), 1, "no #pragma once", "add it below the first comment")
    for number, line in enumerate(text, 1):
        if re.match(r"\s*using namespace\b(?! std::\w*literals)", line):
            yield Finding(str(name), number, "using namespace in a header", "write the names out")
        if str(name) in seen_outside and (match := HEAVY.match(line)):
            yield Finding(str(name), number, f"a heavy third-party header in a public one: {match.group(1)}",
                          "include it in a .cpp, behind a plain interface")


def content_hash(root, name, seen=None):
    """A hash over the header and all of ours that it includes."""
    seen = {} if seen is None else seen
    todo = [str(name.relative_to("src"))]
    while todo:
        target = todo.pop()
        path = root / "src" / target
        if target in seen or not path.is_file():
            continue
        seen[target] = hashlib.sha256(path.read_bytes()).hexdigest()
        todo += [other for _, other in tree.includes(root, (type(name))("src") / target)]
    return hashlib.sha256(repr((sorted(seen.items()), COMPILE, STANDARD)).encode()).hexdigest()


def compile_alone(root, name, standard):
    # Through a file that includes it, so that `#pragma once` is in its place.
    done = subprocess.run([*COMPILE, "-fsyntax-only", "-x", "c++", "-I", "src", "-include", standard, "-"], cwd=root, text=True,
                          input=f'#include "{name.relative_to("src")}"\n', stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          check=False)
    if done.returncode == 0:
        return None
    fault = next((line for line in done.stdout.splitlines() if "error:" in line), done.stdout[:200])
    return Finding(str(name), 1, "does not compile alone: " + fault, "include what it uses")


def check(root):
    found, seen_outside = [], public(root)
    for name in tree.sources(root, ".hpp"):
        found += check_form(root, name, seen_outside)
    return found + check_alone(root, [name for name in tree.doors(root) if str(name) in seen_outside])


def check_alone(root, doors):
    """What was clean is remembered by content, as lint does it."""
    compiler = subprocess.run(["g++", "-dumpfullversion"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    marks = {name: tree.cache_folder("headers") / (compiler + content_hash(root, name)) for name in doors}
    due = [name for name, mark in marks.items() if not mark.exists()]
    if not due:
        return []
    with tempfile.TemporaryDirectory(prefix="oidor-headers-") as folder:
        standard = pathlib.Path(folder) / "standard.hpp"
        standard.write_text("".join(f"#include <{name}>\n" for name in STANDARD))
        if len(due) > PRECOMPILE_FROM:
            subprocess.run([*COMPILE, "-x", "c++-header", standard, "-o", f"{standard}.gch"], check=True)
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            found = list(pool.map(lambda name: compile_alone(root, name, standard), due))
    for name, finding in zip(due, found, strict=True):
        if finding is None:
            marks[name].touch()
    return [finding for finding in found if finding]
