"""Words that have no place in the tree: paths of one machine, hosts of registries, unfinished work without a
trace, disabled tests."""

import re

import tree
from tree import Finding

# Each written with brackets so that this file does not find itself.
PATHS = re.compile(r"/w[o]rk/|(?<![\w.])/r[o]ot/|/f[a]rm/|/tmp/w[t]/|(?<![\w.])/h[o]me/(?!\$|<)[a-z]")
HOSTS = re.compile(r"d[e]b\.debian\.org|security\.d[e]bian|r[e]gistry\.npmjs|p[y]pi\.org|files\.pyth[o]nhosted|crates\.i[o]/api|"
                   r"proxy\.g[o]lang")
UNFINISHED = re.compile(r"\b(?:T[O]DO|F[I]XME|X[X]X|H[A]CK)\b(?!\()")
TRACED = re.compile(r"\bT[O]DO\b.*(?:issue|#)\s*\d+")
DISABLED = re.compile(r"\bD[I]SABLED_\w+|@unittest\.s[k]ip\b|@unittest\.expectedF[a]ilure")
# In Spanish that word is "all", and people write it in capitals.
SPOKEN = "tests/labelled/"
# The runner's own tests show it what it must not let pass.
ABOUT_TESTS = {"scripts/tests/test_run_tests.py", "scripts/unittest_records.py", "scripts/run_tests.py"}


def check(root):
    found = []
    for name in tree.files(root):
        data = (root / name).read_bytes()
        if b"\0" in data[:4096] or name.name == "LICENSE":
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            if PATHS.search(line):
                found.append(Finding(str(name), number, "a path of one machine", "make it relative or configurable"))
            if HOSTS.search(line):
                found.append(Finding(str(name), number, "the host of a registry", "use what the machine is set up with"))
            if UNFINISHED.search(line) and not TRACED.search(line) and not str(name).startswith(SPOKEN):
                found.append(Finding(str(name), number, "unfinished, and nobody will know",
                                     "do it, or name what is missing and the issue that tracks it"))
            if DISABLED.search(line) and str(name) not in ABOUT_TESTS:
                found.append(Finding(str(name), number, "a test that does not run", "mend it or drop it"))
    return found
