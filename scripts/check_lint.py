"""clang-tidy 14 over every source file that is no test (.clang-tidy says what it asks).

Most of its time goes into the headers, so files of one room are read together, as one translation unit; when
they cannot stand together (two files with a name each of their own), the unit is halved. What was clean is
remembered by content, flags and settings, outside the tree, so that a second run, and a new clone, is quick."""

import hashlib
import json
import os
import pathlib
import re
import shlex
import subprocess
import threading
from concurrent.futures import ThreadPoolExecutor

import tree
from tree import Finding

TOGETHER_MAX = 16
GROUPED = re.compile(r'^#include "([^"]+)"', re.M)
WARNING = re.compile(r"^(?P<file>/[^:]+):(?P<line>\d+):\d+: (?:warning|error): (?P<what>.*?) \[(?P<check>[\w.,-]+)\]$")
ERROR = re.compile(r"^(?P<file>/[^:]+):(?P<line>\d+):\d+: (?:fatal )?error: (?P<what>.*) \[clang-diagnostic-[\w-]+.*\]$")


def flags_of(command, folder):
    """The compile command's flags that matter to a reader."""
    words = shlex.split(command)[1:]
    kept, skip = [], False
    for word, following in zip(words, words[1:] + [""]):
        if skip:
            skip = False
            continue
        if word in ("-isystem", "-I", "-D"):
            kept += [word, following]
            skip = True
        elif word.startswith(("-I", "-D", "-isystem")):
            kept.append(word)
    return tuple(kept)


def is_linted(name):
    """A source of ours that is no test."""
    return not name.name.endswith("_test.cpp") and "contract" not in name.parts


def compiled(entry):
    """The files that a compile command reads: one, or those of a group that CMake put together."""
    path = pathlib.Path(entry["file"])
    return [pathlib.Path(name) for name in GROUPED.findall(path.read_text())] if "Unity" in path.parts else [path]


def units(root, database):
    """{(room, flags): [file relative to root]}"""
    found = {}
    for entry in json.loads(database.read_text()):
        for path in compiled(entry):
            if path.is_relative_to(root / "src") and is_linted(path):
                name = pathlib.PurePosixPath(path.relative_to(root))
                found.setdefault((name.parts[1], flags_of(entry["command"], root)), set()).add(name)
    return {key: sorted(names) for key, names in found.items()}


def unseen(root, found):
    """The sources that no compile command reads: nobody would lint them."""
    seen = {name for names in found.values() for name in names}
    for name in tree.sources(root, ".cpp"):
        if name not in seen and is_linted(name):
            yield Finding(str(name), 1, "no compile command of build/dev reads it", "./dev check makes them anew")


class Linter:
    """Lints groups of files; safe to call from many threads."""

    def __init__(self, root):
        self.root = root
        settings = (root / ".clang-tidy").read_bytes()
        version = subprocess.run(["clang-tidy-14", "--version"], stdout=subprocess.PIPE, check=True).stdout
        self.salt = hashlib.sha256(settings + version + b"3").hexdigest()
        self.folder = root / "build/lint"
        self.folder.mkdir(parents=True, exist_ok=True)
        self.cache = tree.cache_folder("lint")
        self.numbers = iter(range(1, 1 << 30))
        self.lock = threading.Lock()

    def mark(self, name, flags):
        """Where it is remembered that this content was clean."""
        seen, todo = {}, [str(name.relative_to("src"))]
        while todo:
            target = todo.pop()
            path = self.root / "src" / target
            if target not in seen and path.is_file():
                seen[target] = hashlib.sha256(path.read_bytes()).hexdigest()
                todo += [other for _, other in tree.includes(self.root, pathlib.PurePosixPath("src") / target)]
        portable = [flag.replace(str(self.root), "") for flag in flags]
        return self.cache / hashlib.sha256(repr((self.salt, portable, sorted(seen.items()))).encode()).hexdigest()

    def lint(self, flags, names):
        if not names:
            return []
        with self.lock:
            unit = self.folder / f"unit_{next(self.numbers)}.cpp"
        unit.write_text("".join(f'#include "{self.root / name}"\n' for name in names))
        # Clang counts each row of a catalogue as a nested expression.
        command = ["clang-tidy-14", "--quiet", f"--config-file={self.root / '.clang-tidy'}", str(unit), "--",
                   "-std=c++2b", "-fbracket-depth=1024", "-Wno-everything", *flags]
        done = subprocess.run(command, cwd=self.root, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        unit.unlink()
        found, broken = self.parse(done.stdout, names[0])
        if broken and len(names) > 1:
            middle = len(names) // 2
            return self.lint(flags, names[:middle]) + self.lint(flags, names[middle:])
        if done.returncode != 0 and not found and not broken:
            broken = [Finding(str(names[0]), 1, "clang-tidy failed: " + done.stdout[-200:].strip(), "run it by hand")]
        if not found and not broken:
            for name in names:
                self.mark(name, flags).touch()
        return found + broken

    def parse(self, text, first):
        found, broken = [], []
        for line in text.splitlines():
            match = ERROR.match(line) or WARNING.match(line)
            if not match:
                continue
            path = os.path.relpath(os.path.realpath(match["file"]), os.path.realpath(self.root))
            check = match.groupdict().get("check")
            if path.startswith(".."):  # In a system header, for something that the unit wrote.
                path, match = str(first), {**match.groupdict(), "line": 1}
            if check is None:
                broken.append(Finding(path, int(match["line"]), f"clang cannot read it: {match['what']}",
                                      "keep to the dialect that clang 14 reads too"))
            else:
                check = check.split(",")[0]
                found.append(Finding(path, int(match["line"]), f"{match['what']} ({check})",
                                     f"mend it, or say why not: NOLINT({check})"))
        return sorted(set(found)), sorted(set(broken))


def check(root):
    database = root / "build/dev/compile_commands.json"
    if not database.is_file():
        return [Finding("build/dev/compile_commands.json", 1, "missing", "./dev check makes it; or cmake --preset dev")]
    linter, work = Linter(root), []
    total = fresh = 0
    every = units(root, database)
    missed = list(unseen(root, every))
    for (_, flags), names in sorted(every.items()):
        due = [name for name in names if not linter.mark(name, flags).exists()]
        total, fresh = total + len(names), fresh + len(due)
        count = -(-len(due) // TOGETHER_MAX)
        work += [(flags, due[start::count]) for start in range(count)]
    if fresh:
        print(f"     lint: {fresh} of {total} files", flush=True)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return missed + [finding for group in pool.map(lambda item: linter.lint(*item), work) for finding in group]
