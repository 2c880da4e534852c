"""A backup while the server takes events, and a restored server that serves the same: conversations, audits by their
hashes, audio by Range. Damaged, interrupted and newer backups are refused with a cure."""

import contextlib
import json
import os
import resource
import signal
import subprocess
import tempfile
import threading
import unittest

import harness
from kill_soak import end_event, transcript_of, wav_of
from postgres_case import PASSWORD, Postgres
from test_s3 import FakeS3
from webhook_case import WebhookCase, event, new_id

SECRETS = (b"hush-hush", b"test-secret", b"azure-key-of-the-test")


def views_of(server, reader):
    """What the API says of every conversation, and its audio by Range."""
    views = {}
    for item in server.list_conversations(reader, limit=500):
        whole = server.get(f"/api/v1/conversations/{item['id']}", key=reader)
        assert whole.status == 200, whole
        views[item["external_id"]] = whole.json()
        for recording in item["recordings"]:
            if recording["state"] == "stored":
                part = server.get(f"/api/v1/recordings/{recording['id']}/audio", key=reader,
                                  headers={"Range": "bytes=100-4000"})
                assert part.status == 206, part
                views[recording["id"]] = part.body
    return views


def audit_hashes(views):
    return {name: [audit["receipt"]["audit_sha256"] for audit in view["audits"]]
            for name, view in views.items() if isinstance(view, dict)}


class Traffic(threading.Thread):
    """Posts events until it is stopped; what was acknowledged, in order."""

    def __init__(self, server, key):
        super().__init__(daemon=True)
        self.server, self.key, self.acknowledged, self.ended = server, key, [], threading.Event()

    def run(self):
        number = 100000
        while not self.ended.is_set():
            number += 1
            with contextlib.suppress(OSError):
                answer = self.server.post("/webhook/anura/", end_event(number), headers={"X-API-Key": self.key})
                if answer.status == 200:
                    self.acknowledged.append(f"soak-{number}")

    def stop(self):
        self.ended.set()
        self.join(30)


class BackupCase(WebhookCase):
    """A server with audited and recorded calls."""

    CALLS = 3

    @classmethod
    def setUpClass(cls):
        cls.more_env = {"OIDOR_SPEECH_AZURE_KEY": "azure-key-of-the-test", **cls.store_env()}
        super().setUpClass()

    @classmethod
    def store_env(cls):
        return {}

    def setUp(self):
        self.folder = self.temporary_folder()
        self.place = self.folder / "saved"

    def recorded_call(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", wav_of(int(cdrid.rpartition("-")[2]))))
        self.put_transcript(cdrid)
        self.accept(event(cdrid, wasrecorded="true", audio_file_wav=url))
        self.wait(cdrid, "audited")
        harness.wait_until(lambda: self.wait_recording(cdrid, "stored")["duration_s"], what="its duration")
        # Its measures are judged too, behind its words.
        harness.wait_until(lambda: not any(self.open_jobs()), what="the last job")
        return cdrid

    def open_jobs(self):
        for state in ("queued", "running"):
            yield from harness.json_lines(self.server.cli("jobs", "list", "--state", state, "--json").stdout)

    def run_ok(self, *words, **named):
        done = self.server.cli(*words, **named)
        self.assertEqual(done.returncode, 0, done)
        return done

    def backup(self, *more, place=None):
        return harness.json_lines(self.run_ok("backup", place or self.place, "--json", *more).stdout)[0]

    def new_target(self):
        """(data folder, environment) of an empty installation on the same kind of store."""
        return self.folder / f"data-{os.urandom(4).hex()}", {}

    def restore(self, *more, place=None, env=None):
        data, target_env = self.new_target()
        environment = harness.environment(**{**self.server_env, **target_env, **(env or {})})
        done = harness.run_program("restore", place or self.place, "--json", *more, data=data, env=environment)
        return done, data, {**self.server_env, **target_env, **(env or {})}

    def serve(self, data, env):
        server = harness.Server(data=data, env=env)
        self.addCleanup(server.kill)
        return server.start()

    def refuse(self, done, code, *words):
        self.assertEqual(done.returncode, code, done)
        for word in words:
            self.assertIn(word.encode(), done.stderr, done)
        for secret in SECRETS:
            self.assertNotIn(secret, done.stdout + done.stderr)


class OnSqlite(BackupCase):
    def test_a_restored_server_serves_the_same(self):
        calls = [self.recorded_call() for _ in range(self.CALLS)]
        traffic = Traffic(self.server, self.pbx)
        traffic.start()
        self.addCleanup(traffic.stop)
        harness.wait_until(lambda: len(traffic.acknowledged) >= 20, what="traffic")
        before = list(traffic.acknowledged)
        report = self.backup()
        after = len(traffic.acknowledged)
        harness.wait_until(lambda: len(traffic.acknowledged) > after + 5, what="traffic behind the backup")
        traffic.stop()
        self.assertGreaterEqual(report["blobs"]["copied"], 1)
        self.assertEqual(report["blobs"]["absent"], [])
        wanted = views_of(self.server, self.reader)

        done, data, env = self.restore()
        self.assertEqual(done.returncode, 0, done)
        restored = self.serve(data, env)
        found = views_of(restored, self.reader)
        for cdrid in calls:
            self.assertEqual(found[cdrid], wanted[cdrid])
        for cdrid in calls:
            for recording in wanted[cdrid]["recordings"]:
                self.assertEqual(found[recording["id"]], wanted[recording["id"]])
        self.assertTrue(all(audit_hashes(wanted)[cdrid] for cdrid in calls))
        self.assertEqual([audit_hashes(found)[cdrid] for cdrid in calls],
                         [audit_hashes(wanted)[cdrid] for cdrid in calls])
        # All that was acknowledged before the backup began is in it, and what was under way goes on by itself.
        self.assertEqual([cdrid for cdrid in before if cdrid not in found], [])
        harness.wait_until(lambda: not [item for item in restored.list_conversations(self.reader, state="open", limit=500)
                                        if item["external_id"] in before], 60, "the restored jobs")
        # It takes events, under the keys that it had.
        answer = restored.post("/webhook/anura/", end_event(7), headers={"X-API-Key": self.pbx})
        self.assertEqual(answer.status, 200, answer)

    def test_a_second_backup_copies_only_what_is_new(self):
        self.recorded_call()
        self.assertGreaterEqual(self.backup()["blobs"]["copied"], 1)
        self.assertEqual(self.backup()["blobs"]["copied"], 0)
        states = [entry.name for entry in self.place.iterdir() if entry.name.startswith("20")]
        self.assertEqual(len(states), 2)
        kept = self.backup("--keep", "1")
        self.assertEqual(sorted(kept["removed"]), sorted(states))

    def test_one_file_holds_all_and_any_tar_reads_it(self):
        cdrid = self.recorded_call()
        file = self.folder / "oidor.tar"
        self.backup(place=file)
        listed = subprocess.run(["tar", "-tvf", file], stdout=subprocess.PIPE, check=True).stdout.decode()
        self.assertIn("manifest.json", listed)
        self.assertIn("blobs/", listed)
        self.assertEqual(self.run_ok("backup", "--verify", file).returncode, 0)
        done, data, env = self.restore(place=file)
        self.assertEqual(done.returncode, 0, done)
        self.assertIn(cdrid, views_of(self.serve(data, env), self.reader))

    def test_no_secret_is_in_it(self):
        self.recorded_call()
        self.backup()
        done, data, _ = self.restore()
        self.assertEqual(done.returncode, 0, done)
        plain = (self.pbx.encode(), self.reader.encode(), *SECRETS)
        # The parts are compressed: what they hold lies plain in the restored store.
        for path in [*self.place.rglob("*"), data / "oidor.db"]:
            if path.is_file():
                content = path.read_bytes()
                for secret in plain:
                    self.assertNotIn(secret, content, path)
                self.assertEqual(path.stat().st_mode & 0o077 if path.parent != data else 0, 0, path)

    def test_what_was_erased_since_does_not_come_back(self):
        erased, kept = self.recorded_call(), self.recorded_call()
        item = self.conversations(erased)[0]
        digest = self.wait_recording(erased, "stored")["sha256"]
        old = self.backup()["snapshot"]
        self.run_ok("erase", "--conversation", item["id"], "--yes")
        seal = harness.environment(OIDOR_SEAL_KEY_FILE=f"{self.server.data}.seal-key")
        live = f"sqlite:{self.server.data}/oidor.db"

        # Without the key nobody can tell what to erase: the store stays shut.
        data = self.folder / "shut"
        words = ("restore", self.place, "--snapshot", old, "--tombstones", live)
        refused = harness.run_program(*words, data=data)
        self.assertNotEqual(refused.returncode, 0, refused)
        shut = harness.run_program("jobs", "list", data=data)
        self.refuse(shut, 7, "not finished")
        # It goes on with the key.
        for target, more in ((data, ("--tombstones", live)), (self.folder / "newer", ())):
            if not more:
                self.backup()  # a newer state of the folder knows it, too
            done = harness.run_program("restore", self.place, "--snapshot", old, "--json", *more, data=target, env=seal)
            self.assertEqual(done.returncode, 0, done)
            self.assertGreaterEqual(json.loads(done.stdout)["tombstones"], 1)
            server = self.serve(target, {**self.server_env, "OIDOR_SEAL_KEY_FILE": f"{self.server.data}.seal-key"})
            found = views_of(server, self.reader)
            self.assertNotIn(erased, found)
            self.assertIn(kept, found)
            self.assertFalse((target / "blobs" / digest[:2] / digest[2:4] / digest).exists())
            answer = server.post("/webhook/anura/", event(erased), headers={"X-API-Key": self.pbx})
            self.assertEqual(answer.status, 200, answer)
            self.assertNotIn(erased, views_of(server, self.reader))
            server.stop()

    def test_a_terminal_is_told_how_far_it_is(self):
        self.recorded_call()
        ours, theirs = os.openpty()
        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([harness.PROGRAM, "backup", self.place, "--data", str(self.server.data)], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=theirs, env=harness.environment(), check=False)
        os.close(theirs)
        said = os.read(ours, 65536).decode()
        os.close(ours)
        self.assertEqual(done.returncode, 0, said)
        self.assertIn("\r", said)
        self.assertTrue(said.endswith("\x1b[K"), "the line is taken away at the end")
        self.assertNotIn(b"\r", done.stdout)

    def test_a_flipped_bit_is_found_and_names_its_part(self):
        self.recorded_call()
        self.backup()
        state = max(entry for entry in self.place.iterdir() if entry.name.startswith("20"))
        part = state / "events-00001.rows.zst"
        content = bytearray(part.read_bytes())
        content[len(content) // 2] ^= 4
        part.write_bytes(content)
        checked = self.server.cli("backup", "--verify", self.place)
        self.refuse(checked, 9, part.name)
        done, data, env = self.restore()
        self.refuse(done, 9, part.name)
        # What was half filled cannot be served, and says why.
        doctor = harness.run_program("doctor", data=data, env=harness.environment(**env))
        self.assertEqual(doctor.returncode, 7, doctor)
        self.assertIn(b"not finished", doctor.stdout)

    def test_where_something_is_nothing_is_restored(self):
        self.backup()
        data = self.folder / "taken"
        shown = harness.run_program("agents", "set", "7", "--name", "Ana", data=data)
        self.assertEqual(shown.returncode, 0, shown)
        done = harness.run_program("restore", self.place, data=data)
        self.refuse(done, 5, "holds rows already")
        self.assertIn(b"Ana", harness.run_program("agents", "list", data=data).stdout)
        self.refuse(self.server.cli("restore", self.place), 5, "stop the server")

    def test_a_folder_that_was_only_looked_at_counts_as_empty(self):
        self.backup()
        data = self.folder / "looked"
        self.assertEqual(harness.run_program("agents", "list", data=data).returncode, 0)
        done = harness.run_program("restore", self.place, data=data)
        self.assertEqual(done.returncode, 0, done)

    def test_a_killed_restore_goes_on(self):
        for _ in range(2):
            self.recorded_call()
        self.backup()
        data, env = self.new_target()
        for _ in range(3):
            with tempfile.TemporaryDirectory() as folder:
                process = subprocess.Popen([harness.PROGRAM, "restore", self.place, "--data", data], cwd=folder,
                                           stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env=harness.environment())
                with contextlib.suppress(AssertionError):
                    harness.wait_until(lambda: (data / "oidor.db").exists() or process.poll() is not None, 5, every=0.001)
                process.kill()
                process.wait()
        done = harness.run_program("restore", self.place, data=data)
        if done.returncode == 5:
            # It was through before it was killed.
            self.assertIn(b"holds rows already", done.stderr)
        else:
            self.assertEqual(done.returncode, 0, done)
        self.assertEqual(harness.run_program("doctor", data=data).returncode, 0)

    def test_a_killed_backup_leaves_the_one_before(self):
        self.recorded_call()
        first = self.backup()["snapshot"]
        for delay in (0.01, 0.03, 0.06, 0.1, 0.15):
            with tempfile.TemporaryDirectory() as folder:
                process = subprocess.Popen([harness.PROGRAM, "backup", self.place, "--data", str(self.server.data)],
                                           cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                           env=harness.environment())
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(delay)
                process.kill()
                process.wait()
        # Whatever has a name is whole, and what has none goes with the next one.
        states = [entry.name for entry in self.place.iterdir() if entry.name.startswith("20")]
        self.assertIn(first, states)
        for state in states:
            self.run_ok("backup", "--verify", self.place, "--snapshot", state)
        self.backup()
        self.assertFalse([entry for entry in self.place.iterdir() if "unfinished" in entry.name])

    def test_a_full_disk_leaves_the_backup_before(self):
        self.recorded_call()
        self.backup()

        def small_files():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        with tempfile.TemporaryDirectory() as folder:
            done = subprocess.run([harness.PROGRAM, "backup", self.place, "--data", str(self.server.data)], cwd=folder,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=harness.environment(),
                                  preexec_fn=small_files, check=False)
        self.refuse(done, 7, "the disk is full")
        self.assertEqual(self.run_ok("backup", "--verify", self.place).returncode, 0)
        self.assertFalse([entry for entry in self.place.iterdir() if "unfinished" in entry.name])

    def test_what_cannot_be_is_refused_with_a_cure(self):
        self.refuse(self.server.cli("backup"), 2, "--help")
        self.refuse(self.server.cli("backup", self.place, "--keep", "0"), 2, "1 or more")
        self.refuse(self.server.cli("backup", self.server.data), 2, "choose another place")
        self.refuse(self.server.cli("backup", "--verify", self.folder / "none"), 4)
        self.refuse(self.server.cli("restore", self.folder), 4, "holds no backup")
        self.backup()
        self.refuse(self.server.cli("restore", self.place, "--snapshot", "2001"), 4, "the newest is")
        bad = self.folder / "erased.jsonl"
        bad.write_text('{"kind": "conversation"}\n')
        done, _, _ = self.restore("--tombstones", bad)
        self.refuse(done, 2, "line 1")

    def test_audio_that_is_gone_is_named_and_the_exit_says_so(self):
        cdrid = self.recorded_call()
        digest = self.wait_recording(cdrid, "stored")["sha256"]
        path = self.server.data / "blobs" / digest[:2] / digest[2:4] / digest
        content = path.read_bytes()
        path.unlink()
        self.addCleanup(lambda: path.write_bytes(content))
        done = self.server.cli("backup", self.place, "--json")
        self.refuse(done, 9, digest)
        self.assertEqual(harness.json_lines(done.stdout)[0]["blobs"]["absent"], [digest])


class OnPostgres(BackupCase):
    @classmethod
    def store_env(cls):
        cls.postgres = Postgres().start()
        cls.addClassCleanup(cls.postgres.remove)
        cls.postgres.query("CREATE DATABASE live")
        return {"OIDOR_STORE_URL": cls.url("live")}

    @classmethod
    def url(cls, database):
        return cls.postgres.url.replace("/postgres", f"/{database}") if database != "postgres" else cls.postgres.url

    def new_target(self):
        name = f"d{os.urandom(4).hex()}"
        self.postgres.query(f"CREATE DATABASE {name}")
        return self.folder / name, {"OIDOR_STORE_URL": self.url(name)}

    def test_a_backup_of_postgresql_is_restored_into_either_store(self):
        calls = [self.recorded_call() for _ in range(2)]
        traffic = Traffic(self.server, self.pbx)
        traffic.start()
        self.addCleanup(traffic.stop)
        harness.wait_until(lambda: len(traffic.acknowledged) >= 20, what="traffic")
        self.backup()
        traffic.stop()
        wanted = views_of(self.server, self.reader)
        here, data, env = self.restore()
        self.assertEqual(here.returncode, 0, here)
        there, other, sqlite = self.restore(env={"OIDOR_STORE_URL": f"sqlite:{self.folder}/moved.db"})
        self.assertEqual(there.returncode, 0, there)
        for server in (self.serve(data, env), self.serve(other, sqlite)):
            found = views_of(server, self.reader)
            for cdrid in calls:
                self.assertEqual(found[cdrid], wanted[cdrid])
            self.assertEqual([audit_hashes(found)[cdrid] for cdrid in calls],
                             [audit_hashes(wanted)[cdrid] for cdrid in calls])
            answer = server.post("/webhook/anura/", end_event(9), headers={"X-API-Key": self.pbx})
            self.assertEqual(answer.status, 200, answer)

    def test_no_password_is_shown_or_saved(self):
        self.backup()
        for path in self.place.rglob("*"):
            if path.is_file():
                self.assertNotIn(PASSWORD.encode(), path.read_bytes(), path)


class InABucket(BackupCase):
    @classmethod
    def store_env(cls):
        cls.bucket = FakeS3()
        cls.addClassCleanup(cls.bucket.close)
        return {"S3_BUCKET": "recordings", "S3_ENDPOINT": cls.bucket.endpoint, "S3_ACCESS_KEY": "test-access",
                "S3_SECRET_KEY": "test-secret"}

    def test_audio_of_a_bucket_is_saved_and_goes_into_a_folder_or_back(self):
        cdrid = self.recorded_call()
        self.assertGreaterEqual(self.backup()["blobs"]["copied"], 1)
        wanted = views_of(self.server, self.reader)
        digest = wanted[cdrid]["recordings"][0]["sha256"]
        done, data, env = self.restore(env={"OIDOR_BLOBS_URL": f"file:{self.folder}/audio"})
        self.assertEqual(done.returncode, 0, done)
        self.assertTrue((self.folder / "audio" / digest[:2] / digest[2:4] / digest).is_file())
        self.assertEqual(views_of(self.serve(data, env), self.reader), wanted)
        # Into the bucket: nothing that is there goes up again.
        done, data, env = self.restore()
        self.assertEqual(done.returncode, 0, done)
        self.assertEqual(json.loads(done.stdout)["blobs"], 0)


if __name__ == "__main__":
    unittest.main()
