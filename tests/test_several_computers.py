"""The guide to several computers does what it says: each ```sh block is run in order against a PostgreSQL of the tests'
own and the strict fake of a bucket; three processes stand for three computers. A ```text block is what comes out."""

import os
import pathlib
import re
import signal
import subprocess
import tempfile
import unittest

import harness
from kill_soak import wav_of
from postgres_case import PASSWORD, Postgres
from test_guides import BLOCK, matches
from test_s3 import FakeS3
from test_uploads import multipart

GUIDES = {"es": harness.ROOT / "docs/guide/several-computers.es.md", "en": harness.ROOT / "docs/guide/several-computers.md"}
PORTS = ("8080", "8081", "8082")


def steps(path):
    """[(commands, expected output or None)]; blocks of `console` are for the reader alone."""
    found = []
    for kind, body in BLOCK.findall(path.read_text("utf-8")):
        if kind == "sh":
            found.append((body, None))
        elif kind == "text":
            found[-1] = (found[-1][0], body)
        else:
            assert kind == "console", kind
    return found


class SeveralComputers(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres().start()
        self.addCleanup(self.postgres.remove)
        self.postgres.query("CREATE DATABASE oidor")
        self.bucket = FakeS3()
        self.addCleanup(self.bucket.close)
        folder = tempfile.TemporaryDirectory(prefix="oidor-guide-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.addresses, self.processes = {}, []
        kept = harness.environment()
        self.env = {**kept, "PATH": f"{harness.PROGRAM.resolve().parent}:{kept['PATH']}", "STORE_PASSWORD": PASSWORD,
                    "S3_ACCESS_KEY": "test-access", "S3_SECRET_KEY": "test-secret"}

    def real(self, commands):
        """With this test's addresses in the place of the guide's."""
        commands = commands.replace("db.example.com:5432", f"127.0.0.1:{self.postgres.port}")
        commands = commands.replace("https://s3.example.com", self.bucket.endpoint)
        for port, address in self.addresses.items():
            commands = re.sub(rf"\b{port}\b", address.rpartition(":")[2], commands)
        return commands

    def serve(self, command):
        """Each process takes a free port; the guide's number stands for it from then on."""
        environment = {**self.env, "OIDOR_LISTEN": "127.0.0.1:0", "OIDOR_WORKERS_LISTEN": "127.0.0.1:0"}
        for name in ("S3_ACCESS_KEY", "S3_SECRET_KEY", "STORE_PASSWORD"):
            del environment[name]  # The file alone must do.
        words = re.sub(r"OIDOR_WORKERS_LISTEN=\S+ ", "", command)
        log = open(self.folder / f"server{len(self.processes)}.log", "wb")  # noqa: SIM115 - closed at the end
        self.addCleanup(log.close)
        process = subprocess.Popen(["bash", "-c", "exec " + words], cwd=self.folder, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.PIPE, stderr=log, env=environment)
        self.addCleanup(self.end, process)
        first = process.stdout.readline().decode()
        found = re.search(r'"http://([^"]+)"', first)
        self.assertTrue(found, f"it did not start: {first} {pathlib.Path(log.name).read_text()}")
        self.addresses[PORTS[len(self.processes)]] = found.group(1)
        self.processes.append(process)

    def end(self, process):
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        code = process.wait(timeout=60 * harness.PATIENCE)
        process.stdout.close()
        self.assertEqual(code, 0, "it ends with exit 0")

    def run_block(self, commands):
        environment = {name: value for name, value in self.env.items()
                       if "oidor.toml" not in os.listdir(self.folder) or not name.startswith("S3_")}
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", self.real(commands)], cwd=self.folder, env=environment,
                              stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=120 * harness.PATIENCE, check=False)
        self.assertEqual(done.returncode, 0, f"{commands}\n{done.stderr.decode('utf-8', 'replace')}")
        return done.stdout.decode("utf-8")

    def follow(self, language):
        for commands, expected in steps(GUIDES[language]):
            with self.subTest(commands=commands):
                if "oidor serve" in commands:
                    self.serve(commands)
                    continue
                output = self.run_block(commands)
                if expected is not None:
                    self.assertTrue(matches(expected, output), f"expected:\n{expected}\nit said:\n{output}")
        self.assertEqual(len(self.processes), 3)

    def test_both_languages_hold_the_same_commands(self):
        self.assertEqual(steps(GUIDES["es"]), steps(GUIDES["en"]))

    def test_the_guide_leads_to_two_workers_that_share_calls_and_a_bucket(self):
        self.follow("en")
        self.assertEqual(self.postgres.query("SELECT 1"), ["1"])
        key = self.run_block("oidor keys create --name archivos --scope webhook:file/default --plain").strip()
        host, _, port = self.addresses["8080"].rpartition(":")
        kind, body = multipart({"campaign_id": "1", "operator_id": "300", "username": "ana"}, ("a.wav", wav_of(5)))
        answer = harness.http_request((host, int(port)), "POST", "/upload", body=body, key=key, headers={"Content-Type": kind})
        self.assertEqual(answer.status, 200, answer)
        objects = harness.wait_until(lambda: self.bucket.control("state")["objects"], 20, "the recording in the bucket")
        self.assertTrue(all(name.startswith("oidor/") for name in objects), objects)
        self.assertFalse([path for path in self.folder.glob("*/blobs")], "recordings lie in the bucket alone")

    def test_a_worker_watches_itself_and_serves_nothing_else(self):
        self.follow("es")
        for port in ("8081", "8082"):
            host, _, number = self.addresses[port].rpartition(":")
            statuses = {path: harness.http_request((host, int(number)), "GET", path).status
                        for path in ("/healthz", "/readyz", "/metrics", "/", "/api/v1/conversations", "/openapi.json")}
            self.assertEqual({path for path, status in statuses.items() if status == 200}, {"/healthz", "/readyz", "/metrics"})
            posted = harness.http_request((host, int(number)), "POST", "/webhook/anura/", body={"cdrid": "1"})
            self.assertEqual(posted.status, 404, posted)
        self.postgres.stop()
        answer = harness.http_request((host, int(number)), "GET", "/readyz", seconds=40)
        self.assertEqual(answer.status, 503, answer)
        self.assertEqual(harness.http_request((host, int(number)), "GET", "/healthz").status, 200)
        self.postgres.start()


if __name__ == "__main__":
    unittest.main()
