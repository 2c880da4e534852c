"""Space is clang-format's business: version 14, .clang-format."""

import re
import subprocess

import tree
from tree import Finding


def check(root):
    names = [str(name) for name in tree.files(root, ".cpp", ".hpp")]
    found = []
    for start in range(0, len(names), 50):
        done = subprocess.run(["clang-format-14", "--dry-run", "--ferror-limit=1", *names[start:start + 50]], cwd=root,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
        for file, line in re.findall(r"^(\S+?):(\d+):\d+: warning: code should be clang-formatted", done.stderr, re.M):
            found.append(Finding(file, int(line), "not as clang-format leaves it", "./dev format"))
        if done.returncode != 0:
            found.append(Finding(names[start], 1, "clang-format failed: " + done.stderr[:200], "mend the file"))
    first = {}
    for finding in found:
        first.setdefault(finding.file, finding)
    return list(first.values())
