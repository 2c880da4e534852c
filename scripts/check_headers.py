"""Headers: the first line says what it is for, `#pragma once`, heavy third parties stay out of what other
rooms include, and each door compiles alone."""

import hashlib
import os
import re
import subprocess
from concurrent.futures import ThreadPoolExecutor

import tree
from tree import Finding

HEAVY = re.compile(r"^\s*#\s*include\s*<(boost/(beast|asio)\b.*|gtest/.*|gmock/.*|boost/json\.hpp|libav\w+/.*|openssl/.*|"
                   r"sqlite3\.h|curl/.*|toml\+\+/.*|phonenumbers/.*|re2/.*)>")
COMPILE = ["g++", "-std=c++23", "-fsyntax-only", "-Wall", "-Wextra", "-x", "c++", "-I", "src"]


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
    return hashlib.sha256(repr((sorted(seen.items()), COMPILE)).encode()).hexdigest()


def compile_alone(root, name, compiler):
    mark = tree.cache_folder("headers") / (compiler + content_hash(root, name))
    if mark.exists():
        return None
    # Through a file that includes it, so that `#pragma once` is in its place.
    done = subprocess.run([*COMPILE, "-"], input=f'#include "{name.relative_to("src")}"\n', cwd=root, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode == 0:
        mark.touch()
        return None
    fault = next((line for line in done.stdout.splitlines() if "error:" in line), done.stdout[:200])
    return Finding(str(name), 1, "does not compile alone: " + fault, "include what it uses")


def check(root):
    found, seen_outside = [], public(root)
    for name in tree.sources(root, ".hpp"):
        found += check_form(root, name, seen_outside)
    compiler = subprocess.run(["g++", "-dumpfullversion"], stdout=subprocess.PIPE, text=True, check=True).stdout.strip()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        alone = pool.map(lambda name: compile_alone(root, name, compiler), tree.doors(root))
    return found + [finding for finding in alone if finding]
