"""What was acknowledged is kept, whatever happens: kill -9, a graceful stop, two processes, a full disk, a lock."""

import contextlib
import pathlib
import resource
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import unittest

import harness
from kill_soak import Recordings, end_event, server_env, soak, transcript_of, unfinished

# A dead worker's lease; the promise is that another goes on within it.
TAKE_OVER_SECONDS = 15


class Case(unittest.TestCase):
    def folder(self):
        folder = tempfile.mkdtemp(prefix="oidor-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)

    def recordings(self):
        recordings = Recordings()
        self.addCleanup(recordings.close)
        return recordings

    def server(self, **named):
        server = harness.Server(**named)
        self.addCleanup(server.remove_data)
        return server

    def start_worker(self, server):
        """A second process on the same data, which only works."""
        folder = self.folder()
        worker = subprocess.Popen(
            [harness.PROGRAM, "serve", "--role", "worker", "--data", str(server.data)], cwd=folder,
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            env=harness.environment(**server.env))

        def end():
            if worker.poll() is None:
                worker.kill()
            worker.wait()
        self.addCleanup(end)
        return worker

    def post_call(self, server, key, number, url=None):
        answer = server.post("/webhook/anura/", end_event(number, url), headers={"X-API-Key": key})
        self.assertEqual(answer.status, 200, answer)
        return answer.json()["task_id"]

    def put_transcript(self, server, key, number):
        answer = server.put(f"/api/v1/transcripts?source=anura&account=default&external_id=soak-{number}",
                            transcript_of(number), headers={"X-API-Key": key})
        self.assertIn(answer.status, (200, 201), answer)


class Kills(Case):
    def test_what_was_acknowledged_ends_audited_once_however_often_it_is_killed(self):
        result = soak(kills=6, seconds_max=40 * harness.PATIENCE, alive_s=(0.3, 2.0), pause_s=0.1)
        self.assertGreaterEqual(result["kills"], 3)
        self.assertGreater(result["calls"], 0)
        self.assertGreater(result["recordings"], 0)

    def test_what_a_killed_server_was_fetching_is_fetched_by_the_next(self):
        recordings = self.recordings()
        server = self.server(env=server_env(recordings)).start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        recordings.go_on.clear()
        self.post_call(server, key, 1, recordings.url(1))
        harness.wait_until(lambda: recordings.asked["1"] == 1, 20, "the fetch to begin")
        server.kill()
        recordings.go_on.set()
        server.start()
        harness.wait_until(lambda: [row["state"] for item in server.list_conversations(reader)
                                    for row in item["recordings"]] == ["stored"], TAKE_OVER_SECONDS,
                           "the next process to go on with the fetch")

    def test_another_worker_goes_on_with_the_work_of_a_killed_one(self):
        recordings = self.recordings()
        server = self.server(env=server_env(recordings), arguments=["--role", "api"]).start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        first = self.start_worker(server)
        recordings.go_on.clear()
        self.post_call(server, key, 1, recordings.url(1))
        harness.wait_until(lambda: recordings.asked["1"] == 1, 20, "the first worker to begin")
        self.start_worker(server)
        first.kill()
        first.wait()
        recordings.go_on.set()
        harness.wait_until(lambda: [row["state"] for item in server.list_conversations(reader)
                                    for row in item["recordings"]] == ["stored"], TAKE_OVER_SECONDS,
                           "the second worker to go on")

    def test_a_killed_server_starts_again_on_its_data(self):
        server = self.server().start()
        server.kill()
        server.start()
        self.assertEqual(server.get("/healthz").status, 200)


class Stops(Case):
    def test_a_graceful_stop_ends_with_zero_and_loses_nothing(self):
        recordings = self.recordings()
        server = self.server(env=server_env(recordings)).start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        for number in range(1, 9):
            self.post_call(server, key, number)
            self.put_transcript(server, key, number)
        self.assertEqual(server.stop(), 0)
        server.start()
        harness.wait_until(lambda: unfinished(server, reader) == 0, 40, "every job to end")
        items = server.list_conversations(reader)
        self.assertEqual(sorted(item["external_id"] for item in items), sorted(f"soak-{n}" for n in range(1, 9)))
        self.assertEqual({item["state"] for item in items}, {"audited"})
        self.assertEqual({len(item["audits"]) for item in items}, {1})

    def test_a_stop_in_the_middle_of_a_fetch_is_prompt_and_the_work_goes_on(self):
        recordings = self.recordings()
        server = self.server(env=server_env(recordings)).start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        recordings.go_on.clear()
        self.post_call(server, key, 1, recordings.url(1))
        harness.wait_until(lambda: recordings.asked["1"] == 1, 20, "the fetch to begin")
        self.assertEqual(server.stop(seconds=15), 0)
        recordings.go_on.set()
        server.start()
        harness.wait_until(lambda: [row["state"] for item in server.list_conversations(reader)
                                    for row in item["recordings"]] == ["stored"], 20, "the fetch to go on")

    def test_sigint_is_a_graceful_stop_too(self):
        # A shell's background job would ignore it.
        server = self.server(before_exec=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL)).start()
        server.process.send_signal(signal.SIGINT)
        self.assertEqual(server.process.wait(timeout=20 * harness.PATIENCE), 0)


class TwoProcesses(Case):
    def test_a_worker_on_the_same_data_does_the_work_of_an_api(self):
        recordings = self.recordings()
        server = self.server(env=server_env(recordings), arguments=["--role", "api"]).start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        self.post_call(server, key, 1)
        self.put_transcript(server, key, 1)
        self.assertGreater(unfinished(server, reader), 0)
        self.start_worker(server)
        server.wait_for_conversation(reader, "soak-1", "audited")

    def test_two_workers_do_everything_once(self):
        recordings = self.recordings()
        server = self.server(env=server_env(recordings)).start()
        worker = self.start_worker(server)
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        for number in range(1, 21):
            self.post_call(server, key, number)
            self.put_transcript(server, key, number)
        harness.wait_until(lambda: unfinished(server, reader) == 0, 60, "every job to end")
        items = server.list_conversations(reader)
        self.assertEqual(len(items), 20)
        self.assertEqual({(item["state"], len(item["audits"]), len(item["agents"])) for item in items},
                         {("audited", 1, 1)})
        self.assertIsNone(worker.poll())
        worker.terminate()
        self.assertEqual(worker.wait(timeout=20 * harness.PATIENCE), 0)


class Refusals(Case):
    """It does not start, and says why: the code, what was tried, on what."""

    def refused(self, *arguments, env=None, seconds=40):
        done = harness.run_program("serve", *arguments, env=harness.environment(**(env or {})), seconds=seconds)
        self.assertNotIn(done.returncode, (0, None), done)
        self.assertGreater(done.returncode, 0, "it ends by itself, not by a signal")
        self.assertNotIn(b"listening", done.stdout)
        return done.returncode, done.stderr.decode()

    def test_a_port_that_is_taken(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            port = taken.getsockname()[1]
            code, said = self.refused("--data", self.folder(), "--listen", f"127.0.0.1:{port}")
        self.assertIn(str(port), said)
        self.assertEqual(code, 5)

    def test_a_wrong_listen(self):
        for listen in ("nonsense", "127.0.0.1:99999", "127.0.0.1:-1", ""):
            code, said = self.refused("--data", self.folder(), "--listen", listen)
            self.assertEqual(code, 2, said)
            self.assertIn("listen", said)

    def test_a_missing_tls_file(self):
        code, said = self.refused("--data", self.folder(), "--listen", "127.0.0.1:0", env={
            "OIDOR_SERVER_TLS_CERTIFICATE_FILE": "/nowhere/chain.pem", "OIDOR_SERVER_TLS_KEY_FILE": "/nowhere/key.pem"})
        self.assertIn("/nowhere/chain.pem", said)
        self.assertIn(code, (2, 4))

    def test_a_data_folder_that_cannot_be_written(self):
        plain = self.folder() / "file"
        plain.write_text("not a folder")
        for data in (plain, plain / "below", "/proc/oidor-data"):
            code, said = self.refused("--data", data, "--listen", "127.0.0.1:0")
            self.assertIn(str(data), said)
            self.assertIn(code, (2, 3, 4, 7), said)

    def test_a_store_that_is_no_store(self):
        data = self.folder()
        (data / "oidor.db").write_bytes(b"this is not a database, but it is long enough to be looked at" * 99)
        code, said = self.refused("--data", data, "--listen", "127.0.0.1:0")
        self.assertIn("oidor.db", said)
        self.assertEqual(code, 9, said)

    def test_an_unknown_setting_in_the_environment_or_a_file(self):
        config = self.folder() / "oidor.toml"
        config.write_text('lissten = "127.0.0.1:0"\n[server]\nbody_bytes_max = "1 B"\n')
        code, said = self.refused("--config", config)
        self.assertEqual(code, 2)
        self.assertIn("lissten", said)
        self.assertIn("listen", said)
        self.assertIn("body_bytes_max", said)


class Locked(Case):
    """Another process holds the store."""

    @contextlib.contextmanager
    def locked(self, server):
        connection = sqlite3.connect(server.data / "oidor.db", isolation_level=None, timeout=20 * harness.PATIENCE)
        try:
            connection.execute("BEGIN EXCLUSIVE")
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                connection.execute("ROLLBACK")
            connection.close()

    def test_a_command_says_that_the_store_is_locked(self):
        server = self.server().start()
        server.stop()
        with self.locked(server):
            done = server.cli("keys", "create", "--name", "x", "--scope", "admin", "--plain", seconds=40)
        self.assertEqual(done.returncode, 7, done)
        self.assertEqual(done.stdout, b"")
        self.assertRegex(done.stderr.decode().lower(), "lock|busy|ocupad|bloquead")

    def test_a_webhook_is_not_acknowledged_while_it_is_locked_and_is_afterwards(self):
        server = self.server().start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read")
        with self.locked(server):
            answer = server.post("/webhook/anura/", end_event(1), headers={"X-API-Key": key}, seconds=40)
            self.assertGreaterEqual(answer.status, 500, answer)
            self.assertNotIn("soak-1", answer.text)
        self.post_call(server, key, 1)
        self.assertEqual(len(server.list_conversations(reader, external_id="soak-1")), 1)

    def test_keys_can_be_made_while_it_serves(self):
        server = self.server().start()
        key = server.create_key("webhook:anura/default")
        self.post_call(server, key, 1)


class Room:
    """A data folder whose disk can be filled: a small tmpfs where one can be mounted, else a limit on file sizes."""

    def __init__(self, case):
        self.folder = case.folder()
        self.process = None
        mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=24m", "none", self.folder],
                                 stderr=subprocess.DEVNULL, check=False).returncode == 0
        self.mounted = mounted
        if mounted:
            case.addCleanup(subprocess.run, ["umount", "-l", self.folder], check=False)

    @staticmethod
    def before_exec():
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    def fill(self, server):
        if not self.mounted:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (1, resource.RLIM_INFINITY))
            return
        with (self.folder / "filler").open("wb", buffering=0) as filler:
            for size in (1 << 20, 4096, 1):
                with contextlib.suppress(OSError):
                    while filler.write(bytes(size)) == size:
                        pass

    def free(self, server):
        if self.mounted:
            (self.folder / "filler").unlink()
        else:
            resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE,
                             (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


class FullDisk(Case):
    def test_nothing_is_acknowledged_that_could_not_be_kept(self):
        room = Room(self)
        recordings = self.recordings()
        server = self.server(data=room.folder / "data", env=server_env(recordings), before_exec=room.before_exec)
        server.start()
        key, reader = server.create_key("webhook:anura/default"), server.create_key("audits:read", "admin")
        self.post_call(server, key, 1)
        room.fill(server)
        acknowledged, refused = [1], []
        for number in range(2, 400):
            # The log of the store has some room of its own; it ends soon.
            answer = server.post("/webhook/anura/", end_event(number, custom1="x" * 20000 + str(number)),
                                 headers={"X-API-Key": key})
            if answer.status == 200:
                acknowledged.append(number)
                continue
            self.assertGreaterEqual(answer.status, 500, answer)
            refused.append(number)
            if len(refused) == 5:
                break
        self.assertEqual(len(refused), 5, "the disk is full and everything is acknowledged")
        self.assertEqual(server.get("/healthz").status, 200)
        room.free(server)

        def accepted():
            return server.post("/webhook/anura/", end_event(refused[0]), headers={"X-API-Key": key}).status == 200
        harness.wait_until(accepted, 30, "it to take events again", every=0.3)
        for number in refused[1:]:
            self.post_call(server, key, number)
        server.restart()
        seen = {item["external_id"] for item in server.list_conversations(reader)}
        self.assertLessEqual({f"soak-{number}" for number in acknowledged + refused}, seen)
        for number in (1, refused[0]):
            self.put_transcript(server, key, number)
            server.wait_for_conversation(reader, f"soak-{number}", "audited", seconds=40)


if __name__ == "__main__":
    unittest.main()
