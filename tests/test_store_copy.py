"""`oidor store copy`: a server's SQLite store becomes a PostgreSQL database, also when the copy is killed again and again;
what it served before it serves after."""

import os
import random
import shutil
import subprocess
import tempfile
import time
import unittest

import harness
from kill_soak import end_event, transcript_of
from postgres_case import PASSWORD, Postgres
from test_backup import audit_hashes, views_of

CALLS = 40


class StoreCopy(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres().start()
        cls.addClassCleanup(cls.postgres.remove)
        cls.server = harness.Server()
        cls.addClassCleanup(cls.server.remove_data)
        cls.server.start()
        cls.key = cls.server.create_key("webhook:anura/default")
        cls.reader = cls.server.create_key("audits:read", "content:read", "recordings:listen", "admin")
        for number in range(1, CALLS + 1):
            cls.server.post("/webhook/anura/", end_event(number), headers={"X-API-Key": cls.key})
            cls.server.put(f"/api/v1/transcripts?source=anura&account=default&external_id=soak-{number}",
                           transcript_of(number), headers={"X-API-Key": cls.key})
        harness.wait_until(lambda: len(cls.server.list_conversations(cls.reader, state="audited", limit=500)) == CALLS, 60,
                           "audited calls")
        cls.views = views_of(cls.server, cls.reader)

    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="oidor-test-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.source = f"sqlite:{self.server.data}/oidor.db"

    def new_database(self):
        """The URL without a password, and the environment that has it."""
        name = f"d{os.urandom(4).hex()}"
        self.postgres.query(f"CREATE DATABASE {name}")
        return f"postgres://oidor@127.0.0.1:{self.postgres.port}/{name}", name

    def command(self, *words):
        return harness.run_program("store", "copy", *words, cwd=self.folder,
                                   env=harness.environment(PGPASSWORD=PASSWORD))

    def stopped(self):
        """The server is stopped for this test."""
        self.server.stop()
        self.addCleanup(lambda: self.server.process or self.server.start())

    def serve_on(self, name):
        url = self.postgres.url.replace("/postgres", f"/{name}")
        server = harness.Server(data=self.folder + "/data", env={"OIDOR_STORE_URL": url})
        self.addCleanup(server.kill)
        return server.start()

    def assert_same(self, server):
        found = views_of(server, self.reader)
        self.assertEqual(found, self.views)
        self.assertEqual(audit_hashes(found), audit_hashes(self.views))

    def test_sqlite_becomes_postgresql_and_goes_on(self):
        self.stopped()
        url, name = self.new_database()
        done = self.command(self.source, url, "--json")
        self.assertEqual(done.returncode, 0, done)
        report = harness.json_lines(done.stdout)[0]
        counts = {table["table"]: table["rows"] for table in report["tables"]}
        self.assertEqual(counts["conversations"], CALLS)
        self.assertEqual(counts["events"], CALLS)
        self.assertFalse(report["resumed"])
        server = self.serve_on(name)
        self.assert_same(server)
        answer = server.post("/webhook/anura/", end_event(CALLS + 1), headers={"X-API-Key": self.key})
        self.assertEqual(answer.status, 200, answer)
        server.stop()
        # And back, for whoever changes their mind.
        back = f"{self.folder}/back.db"
        done = self.command(url, f"sqlite:{back}", "--json")
        self.assertEqual(done.returncode, 0, done)
        counts = {table["table"]: table["rows"] for table in harness.json_lines(done.stdout)[0]["tables"]}
        self.assertEqual(counts["conversations"], CALLS + 1)

    def test_a_copy_that_is_killed_again_and_again_ends_the_same(self):
        self.stopped()
        url, name = self.new_database()
        randomness = random.Random(3)
        resumed = False
        for _ in range(12):
            process = subprocess.Popen([harness.PROGRAM, "store", "copy", self.source, url], cwd=self.folder,
                                       stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                       env=harness.environment(PGPASSWORD=PASSWORD))
            time.sleep(randomness.uniform(0.02, 0.3))
            process.kill()
            _, said = process.communicate()
            resumed = resumed or "interrump".encode() in said or b"interrupted" in said
            if process.returncode == 0:
                break
            # Half of it is served to nobody. The killed one's connection may live for a moment.
            if self.marked(name):
                refused = harness.run_program("jobs", "list", data=self.folder + "/half", env=harness.environment(
                    OIDOR_STORE_URL=url, PGPASSWORD=PASSWORD))
                self.assertEqual(refused.returncode, 7, refused)
        if process.returncode != 0:
            # The killed one's connection may live for a moment.
            for _ in range(60):
                done = self.command(self.source, url)
                if done.returncode not in (5, 7):
                    break
                time.sleep(0.5)
            self.assertEqual(done.returncode, 0, done)
        self.assertFalse(self.marked(name))
        self.assert_same(self.serve_on(name))

    def marked(self, name):
        url = self.postgres.url.replace("/postgres", f"/{name}")
        done = subprocess.run(["/usr/lib/postgresql/15/bin/psql", "-AtX", url, "-c",
                               "SELECT to_regclass('unfinished_copy') IS NOT NULL"], stdout=subprocess.PIPE, check=True)
        return done.stdout.strip() == b"t"

    def test_while_a_server_has_it_only_a_snapshot_is_taken(self):
        if self.server.process is None:
            self.server.start()
        url, name = self.new_database()
        refused = self.command(self.source, url)
        self.assertEqual(refused.returncode, 5, refused)
        self.assertIn(b"stop the server", refused.stderr)
        done = self.command(self.source, url, "--snapshot", "--json")
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue(harness.json_lines(done.stdout)[0]["snapshot"])
        server = self.serve_on(name)
        self.assert_same(server)
        # And into one that is served, or has something in it, nothing goes.
        self.assertEqual(self.command(self.source, url, "--snapshot").returncode, 5)
        server.stop()
        again = self.command(self.source, url, "--snapshot")
        self.assertEqual(again.returncode, 5, again)
        self.assertIn(b"holds rows already", again.stderr)

    def test_what_cannot_be_is_refused_with_a_cure(self):
        url, _ = self.new_database()
        with_password = url.replace("oidor@", f"oidor:{PASSWORD}@")
        refused = self.command(self.source, with_password)
        self.assertEqual(refused.returncode, 2, refused)
        self.assertIn(b"@FILE", refused.stderr)
        self.assertNotIn(PASSWORD.encode(), refused.stderr)
        secret = self.folder + "/url"
        with open(secret, "w", encoding="ascii") as file:
            file.write(with_password + "\n")
        os.chmod(secret, 0o644)
        self.assertEqual(self.command("sqlite:/nowhere/oidor.db", "@" + secret).returncode, 3)
        os.chmod(secret, 0o600)
        self.assertEqual(self.command("sqlite:/nowhere/oidor.db", "@" + secret).returncode, 4)
        for words, code in ((("mysql://x", url), 2), ((self.source, self.source), 2), ((self.source,), 2),
                            (("sqlite:", url), 2)):
            refused = self.command(*words)
            self.assertEqual(refused.returncode, code, refused)
            self.assertNotIn(PASSWORD.encode(), refused.stderr)


if __name__ == "__main__":
    unittest.main()
