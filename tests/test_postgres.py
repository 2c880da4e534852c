"""The program on PostgreSQL: what it does on SQLite it does there too, with workers in several processes."""

import shutil
import signal
import subprocess
import tempfile
import unittest

import harness
from kill_soak import end_event, transcript_of
from postgres_case import PASSWORD, Postgres

CALLS = 60


class OnPostgres(unittest.TestCase):
    def setUp(self):
        self.postgres = Postgres().start()
        self.addCleanup(self.postgres.remove)
        self.env = {"OIDOR_STORE_URL": self.postgres.url}

    def server(self, *arguments):
        server = harness.Server(arguments=arguments, env=self.env)
        self.addCleanup(server.remove_data)
        return server.start()

    def start_worker(self, server):
        folder = tempfile.mkdtemp(prefix="oidor-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        worker = subprocess.Popen(
            [harness.PROGRAM, "serve", "--role", "worker", "--data", str(server.data)], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
            env=harness.environment(**self.env))

        def end():
            if worker.poll() is None:
                worker.kill()
            worker.communicate()
        self.addCleanup(end)
        return worker

    def post_calls(self, server, key, first, count):
        for number in range(first, first + count):
            answer = server.post("/webhook/anura/", end_event(number), headers={"X-API-Key": key})
            self.assertEqual(answer.status, 200, answer)
            answer = server.put(f"/api/v1/transcripts?source=anura&account=default&external_id=soak-{number}",
                                transcript_of(number), headers={"X-API-Key": key})
            self.assertIn(answer.status, (200, 201), answer)

    def wait_audited(self, server, reader, count, seconds=60):
        rows = harness.wait_until(
            lambda: (rows := server.list_conversations(reader, state="audited", limit=500)) and len(rows) >= count and rows,
            seconds, f"{count} audited calls")
        self.assertEqual(len({row["external_id"] for row in rows}), count)
        self.assertTrue(all(len(row["audits"]) == 1 for row in rows))

    def test_workers_of_several_processes_share_the_work_and_a_killed_one_is_made_up_for(self):
        server = self.server("--role", "api")
        workers = [self.start_worker(server), self.start_worker(server)]
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        self.post_calls(server, key, 1, CALLS // 2)
        workers[0].kill()
        self.post_calls(server, key, 1 + CALLS // 2, CALLS // 2)
        self.wait_audited(server, reader, CALLS)
        self.assertEqual(self.postgres.query("SELECT count(*) FROM events"), [str(CALLS)])

    def test_a_database_that_dies_and_comes_back_loses_no_call(self):
        server = self.server()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        self.post_calls(server, key, 1, 10)
        self.postgres.stop(signal.SIGQUIT)
        self.postgres.start()
        self.post_calls(server, key, 11, 10)
        self.wait_audited(server, reader, 20)
        self.assertFalse([line for line in server.log if PASSWORD in line])

    def test_doctor_keys_and_jobs_work_on_it_and_say_where_they_are(self):
        server = self.server()
        server.create_key("audits:read", name="reader")
        self.assertIn(b"reader", server.cli("keys", "list").stdout)
        self.assertEqual(server.cli("jobs", "list").returncode, 0)
        doctor = server.cli("doctor")
        self.assertIn(b"postgres 15", doctor.stdout + doctor.stderr)
        self.assertNotIn(PASSWORD.encode(), doctor.stdout + doctor.stderr)
        shown = server.cli("config", "show")
        self.assertNotIn(PASSWORD.encode(), shown.stdout + shown.stderr)

    def test_a_server_that_cannot_be_reached_says_what_to_do(self):
        self.postgres.stop()
        done = harness.run_program("jobs", "list", data=self.postgres.folder / "none", env=harness.environment(**self.env))
        self.assertEqual(done.returncode, 7)
        self.assertIn(b"store.url", done.stderr)
        self.assertNotIn(PASSWORD.encode(), done.stderr)


if __name__ == "__main__":
    unittest.main()
