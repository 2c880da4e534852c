"""No credential stands in the tree, not even an old one: it is made at run time, or read from a file outside."""

import re

import tree
from tree import Finding

# Each written so that this file does not find itself.
PATTERNS = {
    "a private key": r"-----BEGIN (?:[A-Z]+ )?PRIVATE K[E]Y-----",
    "an AWS access key": r"\b(?:AKIA|ASIA)(?!IOSFODNN7EXAMPLE)[0-9A-Z]{16}\b",
    "an OpenAI key": r"\bsk-(?:proj-)?[A-Za-z0-9_]{24,}\b",
    "a Slack token": r"\bxox[abprs]-[0-9A-Za-z-]{10,}",
    "a GitHub token": r"\b(?:gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{40,})",
    "a Google key": r"\bAIza[0-9A-Za-z_-]{35}\b",
    "a Twilio API key": r"\bSK(?!0{32})[0-9a-f]{32}\b",
    "a Databricks token": r"\bdapi[0-9a-f]{32}\b",
    "a signed token (JWT)": r"\beyJ[A-Za-z0-9_-]{15,}\.eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{15,}",
    "credentials in a URL": r"\b[a-z][a-z0-9+]*://[^\s/:@\"'<>{}$*]+:[^\s/:@\"'<>{}$*]{3,}@(?![\w.-]*\bexample\b|host\b|localhost|127\.)",
}


def check(root):
    found = []
    compiled = {what: re.compile(pattern) for what, pattern in PATTERNS.items()}
    for name in tree.files(root):
        data = (root / name).read_bytes()
        if b"\0" in data[:4096]:
            continue
        for number, line in enumerate(data.decode("utf-8", "replace").splitlines(), 1):
            for what, pattern in compiled.items():
                if pattern.search(line):
                    found.append(Finding(str(name), number, what, "take it out, and revoke it if it ever worked"))
        if name.name in (".env", "id_rsa", "id_ed25519") or name.suffix in (".pem", ".p12", ".key"):
            found.append(Finding(str(name), 1, "a file made for secrets", "make it at run time, or keep it outside"))
    return found
