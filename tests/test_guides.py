"""The guides do what they say: each ```sh block of "your first audited call" is run in order, in an empty folder,
by one shell per block as a reader would; a ```text block after it is what comes out, with … for what differs."""

import pathlib
import re
import signal
import subprocess
import tempfile
import unittest
import urllib.parse

import harness

GUIDES = {"es": harness.ROOT / "docs/guide/first-call.es.md", "en": harness.ROOT / "docs/guide/first-call.md"}
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
# The first block builds the program in the tree; whoever runs this test has done so.
BUILDING = './dev build\nexport PATH="$PWD/build/release:$PATH"\n'
ADDRESS = "127.0.0.1:8080"


def blocks(path):
    """[(commands, expected output or None)]"""
    found = []
    for kind, body in BLOCK.findall(path.read_text(encoding="utf-8")):
        if kind == "sh":
            found.append((body, None))
        elif kind == "text":
            assert found and found[-1][1] is None, f"{path.name}: an output without its command: {body}"
            found[-1] = (found[-1][0], body)
        else:
            raise AssertionError(f"{path.name}: a block of {kind}: expected sh or text")
    return found


def matches(expected, output):
    """Whether `output` is `expected`, where … stands for anything; spaces at line ends do not count."""
    lines = ["".join(re.escape(part) if part != "…" else ".*" for part in re.split("(…)", line.rstrip()))
             for line in expected.rstrip().splitlines()]
    told = "\n".join(line.rstrip() for line in output.rstrip().splitlines())
    return re.fullmatch("\n".join(lines), told, re.DOTALL) is not None


class Reader:
    """A person with a shell, and `oidor serve` in a second one."""

    def __init__(self, case, language):
        self.case, self.language, self.address = case, language, ADDRESS
        folder = tempfile.TemporaryDirectory(prefix="oidor-guide-")
        case.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        kept = harness.environment()
        self.env = {**kept, "PATH": f"{harness.PROGRAM.resolve().parent}:{kept['PATH']}", "LANG": language}

    def serve(self, command):
        log = open(self.folder / "server.log", "wb")  # noqa: SIM115 - closed at the end of the test
        self.case.addCleanup(log.close)
        process = subprocess.Popen(["bash", "-c", "exec " + command], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=log,
                                   env={**self.env, "OIDOR_LISTEN": "127.0.0.1:0"})
        self.case.addCleanup(self.end, process)
        first = process.stdout.readline().decode()
        found = re.search(r'"http://([^"]+)"', first)
        self.case.assertTrue(found, f"the server did not start: {first} {(self.folder / 'server.log').read_text()}")
        self.address = found.group(1)

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60 * harness.PATIENCE)
        process.stdout.close()
        self.case.assertEqual(code, 0, "the server ends with exit 0")

    def run(self, commands):
        commands = commands.replace(ADDRESS, self.address)
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=self.folder, env=self.env,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=60 * harness.PATIENCE, check=False)
        told = done.stderr.decode("utf-8", "replace")
        self.case.assertEqual(done.returncode, 0, f"{commands}\n{told}")
        return done.stdout.decode("utf-8").replace(self.address, ADDRESS)


class FirstCall(unittest.TestCase):
    def test_both_languages_hold_the_same_commands(self):
        commands = {language: [body for body, _ in blocks(path)] for language, path in GUIDES.items()}
        self.assertEqual(commands["es"], commands["en"])
        self.assertEqual(commands["es"][0], BUILDING)

    def follow(self, language):
        reader, output = Reader(self, language), ""
        for commands, expected in blocks(GUIDES[language])[1:]:
            with self.subTest(commands=commands):
                if commands.startswith("oidor serve"):
                    reader.serve(commands)
                    continue
                output = reader.run(commands)
                if expected is not None:
                    self.assertTrue(matches(expected, output), f"expected:\n{expected}\nit said:\n{output}")
        return reader, output

    def open_page(self, reader, link):
        """What a browser shows behind the link: the table of the call's day, and the call."""
        host, _, port = reader.address.rpartition(":")
        target = link.strip().removeprefix(f"http://{ADDRESS}")
        signed_in = harness.http_request((host, int(port)), "GET", target)
        self.assertIn(signed_in.status, (302, 303))
        cookie = {"Cookie": signed_in.headers["set-cookie"].partition(";")[0]}
        day = harness.http_request((host, int(port)), "GET", "/?day=2026-02-10", headers=cookie)
        self.assertEqual(day.status, 200)
        call = re.search(r'href="(/conversations/[^"]+)"', day.text)
        self.assertTrue(call, day.text)
        self.assertIn("Lucía", day.text)
        self.assertIn("Ventas", day.text)
        return harness.http_request((host, int(port)), "GET", urllib.parse.unquote(call.group(1)), headers=cookie)

    def test_the_spanish_guide_leads_to_an_audited_call(self):
        reader, link = self.follow("es")
        self.assertIn("«no puedo»", self.open_page(reader, link).text)

    def test_the_english_guide_leads_to_an_audited_call(self):
        reader, link = self.follow("en")
        self.assertIn("«no puedo»", self.open_page(reader, link).text)


class Readmes(unittest.TestCase):
    def test_the_table_of_the_demo_is_the_one_that_it_prints(self):
        golden = (harness.ROOT / "tests/golden/demo.txt").read_text("utf-8").splitlines()
        for name in ("README.md", "README.es.md"):
            text = (harness.ROOT / name).read_text("utf-8")
            shown = next(body for kind, body in BLOCK.findall(text) if kind == "text" and "28 llamadas" in body)
            for line in shown.splitlines():
                self.assertIn(line, [*golden, "…"], name)


class Matching(unittest.TestCase):
    def test_an_output_that_differs_is_seen(self):
        self.assertTrue(matches("a … c\n", "a b c  \n"))
        self.assertFalse(matches("a … c\n", "a b d\n"))
        self.assertFalse(matches("a\n", "a\nb\n"))


if __name__ == "__main__":
    unittest.main()
