"""What the checks share: findings, the files of a tree, and what our sources say about themselves."""

import os
import pathlib
import re
import subprocess
from dataclasses import dataclass


@dataclass(frozen=True, order=True)
class Finding:
    """A broken rule: where, what, and what mends it."""

    file: str
    line: int
    what: str
    cure: str

    def __str__(self):
        return f"{self.file}:{self.line}: {self.what}: {self.cure}"


def files(root, *suffixes):
    """The tree's files (relative, sorted): what git knows or would add; without git, all there are."""
    if (root / ".git").exists():
        listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "-z"], cwd=root, check=True,
                                stdout=subprocess.PIPE).stdout.decode().split("\0")
    else:
        listed = [str(path.relative_to(root)) for path in root.rglob("*") if path.is_file()]
    return sorted(pathlib.PurePosixPath(name) for name in set(listed)
                  if name and (not suffixes or name.endswith(suffixes)) and (root / name).is_file())


def read(root, name):
    return (root / name).read_text(encoding="utf-8", errors="replace")


def lines(root, name):
    return read(root, name).splitlines()


def rooms(root):
    """The rooms that have a folder in src/."""
    folder = root / "src"
    return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []


def sources(root, *suffixes):
    """Our C++ files in src/."""
    return [name for name in files(root, *(suffixes or (".cpp", ".hpp"))) if name.parts[0] == "src"]


def doors(root):
    """The public headers: src/<room>/*.hpp."""
    return [name for name in sources(root, ".hpp") if len(name.parts) == 3]


INCLUDE = re.compile(r'^\s*#\s*include\s+"([^"]+)"')


def includes(root, name):
    """Our own includes of a file as (line number, path in src/)."""
    found = []
    for number, line in enumerate(lines(root, name), 1):
        if match := INCLUDE.match(line):
            target = match.group(1)
            if not (root / "src" / target).is_file():  # Beside the file, as a closet may write it.
                beside = os.path.normpath(name.parent.relative_to("src") / target)
                target = beside if (root / "src" / beside).is_file() else target
            found.append((number, target))
    return found


def cache_folder(kind):
    """Where results that hang on content alone are kept between clones, as ccache does."""
    base = os.environ.get("OIDOR_CACHE") or os.path.join(
        os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "oidor")
    folder = pathlib.Path(base) / kind
    folder.mkdir(parents=True, exist_ok=True)
    return folder
