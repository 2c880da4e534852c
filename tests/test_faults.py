"""The bounded part of tests/faults.py: the program dies and fails at points of every kind, on both stores, and what was
acknowledged is there once. It also says loudly that it fails on purpose. `./dev faults` does the rest."""

import pathlib
import tempfile
import unittest
from unittest import mock

import faults
import harness
from fault_house import Postgreses, list_points

SQLITE_KILLS = ("inbox.keep.before", "inbox.keep.after", "store.commit.before", "jobs.claim.after",
                "pipeline.map.between_jobs", "pipeline.fetch.after_download", "blobs.rename.before", "blobs.rename.after",
                "pipeline.fetch.after_blob", "pipeline.transcribe.before_row", "pipeline.audit.before_row",
                "jobs.finish.before", "upload.blob.after", "store.migration.before")
SQLITE_ERRORS = ("inbox.rows.after", "blobs.sync.before", "pipeline.audit.after_row", "store.commit.before")
POSTGRES_KILLS = ("inbox.rows.after", "store.commit.after", "blobs.put.after", "pipeline.fetch.after_row")
AT_ONCE = 6


class Faults(unittest.TestCase):
    def run_all(self, runs):
        said = []
        passed, failed = faults.run_all(runs, AT_ONCE, said.append)
        self.assertEqual(failed, [], "\n".join(said))
        self.assertEqual(passed, len(runs))

    def point_runs(self, backend, postgreses, action, points):
        return [faults.Run(f"{backend} {action} {point}",
                           lambda p=point: faults.at_point(backend, postgreses, p, action, 1)) for point in points]

    def test_on_sqlite_and_files(self):
        self.run_all(self.point_runs("sqlite", None, "kill", SQLITE_KILLS)
                     + self.point_runs("sqlite", None, "error:Unavailable", SQLITE_ERRORS)
                     + [faults.Run("leases lost", lambda: faults.leases_lost("sqlite", None)),
                        faults.Run("disk full", lambda: faults.disk_full(None)),
                        faults.Run("clock an hour back, after a kill",
                                   lambda: faults.clock_jumps("sqlite", None, -3600, True))])

    def test_on_postgresql_and_a_bucket(self):
        postgreses = Postgreses()
        self.addCleanup(postgreses.remove)
        self.run_all(self.point_runs("postgres", postgreses, "kill", POSTGRES_KILLS)
                     + [faults.Run("connections cut", lambda: faults.connections_cut(postgreses))])

    def test_every_point_is_walked_on_some_store(self):
        names = {run.name for run in faults.point_runs(Postgreses(), long=False)}
        for point, takes_error in list_points():
            for action in ("kill", *(("error:Unavailable",) if takes_error else ())):
                self.assertTrue([name for name in names if name.endswith(f" {action} {point}@1")], point)

    def test_a_run_whose_point_is_not_reached_fails(self):
        said = []
        run = faults.Run("never", lambda: faults.at_point("sqlite", None, "pipeline.fetch.after_row", "kill", 9999))
        wait_killed = faults.House.wait_killed
        with mock.patch.object(faults.House, "wait_killed", lambda house: wait_killed(house, seconds=3)):
            _, failed = faults.run_all([run], 1, said.append)
        self.assertEqual(failed, ["never"], said)
        self.assertIn("was not reached", "\n".join(said))


class Told(unittest.TestCase):
    def folder(self):
        folder = tempfile.TemporaryDirectory(prefix="oidor-test-")
        self.addCleanup(folder.cleanup)
        return pathlib.Path(folder.name)

    def test_a_server_says_that_it_fails_on_purpose(self):
        armed = "jobs.finish.after=kill@999999;jobs.run.before=error:Timeout@999999"
        server = harness.Server(env={"OIDOR_FAILPOINTS": armed})
        self.addCleanup(server.remove_data)
        server.start()
        told = [line for line in harness.json_lines("\n".join(server.log)) if line["event"] == "failpoints_armed"]
        self.assertEqual([line["reason"] for line in told], armed.split(";"))
        self.assertEqual({line["level"] for line in told}, {"error"})
        doctor = server.cli("doctor", "--json")
        finding = next(line for line in harness.json_lines(doctor.stdout) if line["subject"] == "failpoints")
        self.assertEqual(finding["verdict"], "bad")
        self.assertIn(armed.split(";")[0], finding["words"])
        self.assertEqual(doctor.returncode, 7)

    def test_without_them_nobody_speaks_of_them(self):
        server = harness.Server()
        self.addCleanup(server.remove_data)
        server.start()
        self.assertNotIn("failpoint", "\n".join(server.log))
        self.assertNotIn(b"failpoints", server.cli("doctor").stdout)

    def test_a_fault_in_them_is_refused_before_anything_is_opened(self):
        for armed, words in (("pipeline.fetch.after_blop=kill", b"the nearest is pipeline.fetch.after_blob"),
                             ("store.commit.after=error:Internal", b"it takes kill and delay"),
                             ("store.commit.after", b"expected kill")):
            data = self.folder() / "data"
            done = harness.run_program("serve", data=data, env=harness.environment(OIDOR_FAILPOINTS=armed))
            self.assertEqual(done.returncode, 2, done)
            self.assertIn(words, done.stderr)
            self.assertFalse(data.exists())

    def test_a_dotenv_cannot_switch_them_on(self):
        folder = self.folder()
        (folder / "oidor.toml").write_text("")
        dotenv = folder / ".env"
        dotenv.write_text("OIDOR_FAILPOINTS=store.commit.after=kill\n")
        dotenv.chmod(0o600)
        done = harness.run_program("config", "check", "--config", folder / "oidor.toml", cwd=folder)
        self.assertEqual(done.returncode, 2, done)
        self.assertIn(b"OIDOR_FAILPOINTS", done.stderr)


if __name__ == "__main__":
    unittest.main()
