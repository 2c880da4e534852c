"""A restart under load refuses nobody: not one connection refused or cut, and every acknowledged event is kept once.
Held by a parent as systemd does (LISTEN_FDS), and handed from the running process to the next (--take-over)."""

import collections
import json
import pathlib
import shutil
import signal
import socket
import sqlite3
import subprocess
import tempfile
import threading
import time
import unittest

import harness

RESTARTS = 10
POSTS_PER_SECOND = 1000
KEPT, FRESH = 40, 24  # connections that are kept, and clients that make one for each post


def post_of(number, key, keep):
    body = json.dumps({"hubspot_id": "", "cdrid": f"restart-{number}", "eventtype": "END", "status": "ANSWERED",
                       "calling": "5491155550000", "duration": 30}).encode()
    head = (f"POST /webhook/anura HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {key}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{'' if keep else 'Connection: close' + chr(13) + chr(10)}\r\n")
    return head.encode() + body


class Load:
    """Clients that post on, whatever happens; what went wrong is counted, never tried again."""

    def __init__(self, address, key):
        self.address, self.key = address, key
        self.acknowledged, self.wrong = [], collections.Counter()
        self.lock, self.stopping, self.number = threading.Lock(), threading.Event(), 0
        self.threads = [threading.Thread(target=self.run, args=(index < KEPT,), daemon=True)
                        for index in range(KEPT + FRESH)]

    def __enter__(self):
        self.began = time.monotonic()
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.stopping.set()
        for thread in self.threads:
            thread.join(60)
        self.seconds = time.monotonic() - self.began

    def next_number(self):
        with self.lock:
            self.number += 1
            return self.number

    def run(self, keep):
        connection, pause = None, (KEPT + FRESH) / POSTS_PER_SECOND
        due = time.monotonic()
        while not self.stopping.is_set():
            number = self.next_number()
            try:
                if connection is None:
                    connection = socket.create_connection(self.address, timeout=30 * harness.PATIENCE)
                connection.sendall(post_of(number, self.key, keep))
                status, stays = self.read(connection)
            except OSError as error:
                status, stays = type(error).__name__, False
            with self.lock:
                if status == 200:
                    self.acknowledged.append(number)
                else:
                    self.wrong[status] += 1
            if not (keep and stays):
                if connection is not None:
                    connection.close()
                connection = None
            due = max(due + pause, time.monotonic() - 1)
            time.sleep(max(0, due - time.monotonic()))
        if connection is not None:
            connection.close()

    @staticmethod
    def read(connection):
        """(status, whether the connection stays); an end without a whole answer is said."""
        got = b""
        while b"\r\n\r\n" not in got:
            more = connection.recv(65536)
            if not more:
                return "cut", False
            got += more
        head, _, body = got.partition(b"\r\n\r\n")
        head = head.decode("latin-1").lower()
        length = int(head.partition("content-length:")[2].split("\r\n")[0])
        while len(body) < length:
            more = connection.recv(65536)
            if not more:
                return "cut", False
            body += more
        return int(head.split()[1]), "connection: close" not in head

    def count(self):
        with self.lock:
            return len(self.acknowledged)


class Case(unittest.TestCase):
    def folder(self):
        folder = pathlib.Path(tempfile.mkdtemp(prefix="oidor-restart-"))
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return folder

    def server(self, **named):
        server = harness.Server(**named)
        self.addCleanup(server.kill)
        return server

    def held_socket(self):
        """What systemd holds, and a program that starts oidor as systemd would."""
        listener = socket.create_server(("127.0.0.1", 0), backlog=4096)
        self.addCleanup(listener.close)
        starter = self.folder() / "start"
        starter.write_text(f'#!/bin/bash\nexec 3<&{listener.fileno()}\n'
                           f'LISTEN_PID=$$ LISTEN_FDS=1 LISTEN_FDNAMES=oidor.socket exec {harness.PROGRAM.resolve()} "$@"\n')
        starter.chmod(0o755)
        return listener, starter

    def under_load(self, data, address, key, restart):
        """Ten restarts; `restart` does one."""
        with Load(address, key) as load:
            for _ in range(RESTARTS):
                before = load.count()
                harness.wait_until(lambda before=before: load.count() > before + 500, 60, "posts to be acknowledged")
                restart()
            before = load.count()
            harness.wait_until(lambda: load.count() > before + 500, 60, "posts after the last restart")
        self.assertEqual(dict(load.wrong), {}, f"of {load.number} posts in {load.seconds:.1f} s")
        return load

    def check_kept(self, data, load):
        store = sqlite3.connect(f"file:{data / 'oidor.db'}?mode=ro", uri=True)
        self.addCleanup(store.close)
        kept = collections.Counter(row[0] for row in store.execute(
            "SELECT c.external_id FROM events e JOIN conversations c ON c.id = e.conversation_id"))
        acknowledged = {f"restart-{number}" for number in load.acknowledged}
        self.assertEqual(len(acknowledged), len(load.acknowledged))
        self.assertEqual(acknowledged - kept.keys(), set(), "acknowledged and lost")
        self.assertEqual({name for name, count in kept.items() if count != 1}, set(), "kept twice")


class TheLoadItself(Case):
    def test_it_sees_a_restart_that_nobody_prepared(self):
        server = self.server(data=self.folder()).start()
        server.listen = f"127.0.0.1:{server.address[1]}"
        with Load(server.address, server.create_key("webhook:anura/default")) as load:
            harness.wait_until(lambda: load.count() > 100, 60, "posts to be acknowledged")
            server.kill()
            harness.wait_until(lambda: load.wrong["ConnectionRefusedError"], 30, "refused posts")
            server.start()
            before = load.count()
            harness.wait_until(lambda: load.count() > before + 50, 60, "posts after the restart")


class HeldByAParent(Case):
    def test_ten_restarts_refuse_nobody(self):
        listener, starter = self.held_socket()
        data = self.folder()
        server = self.server(data=data, program=starter, pass_fds=(listener.fileno(),)).start()
        self.assertEqual(server.address, listener.getsockname())
        key = server.create_key("webhook:anura/default")

        def restart():
            self.assertEqual(server.stop(), 0)
            server.start()
        load = self.under_load(data, server.address, key, restart)
        self.assertEqual(server.stop(), 0)
        self.check_kept(data, load)

    def test_who_comes_while_nobody_serves_waits_and_is_answered(self):
        listener, starter = self.held_socket()
        server = self.server(data=self.folder(), program=starter, pass_fds=(listener.fileno(),)).start()
        server.stop()
        with socket.create_connection(server.address, timeout=30 * harness.PATIENCE) as waiting:
            waiting.sendall(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
            server.start()
            self.assertEqual(Load.read(waiting)[0], 200)

    def refused(self, words, **named):
        """What is said when it is started by a shell with `words` before the command."""
        command = f'{words} exec {harness.PROGRAM.resolve()} serve --data {self.folder()} --listen 127.0.0.1:0'
        done = subprocess.run(["bash", "-c", command], env=harness.environment(LANG="en"), stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, timeout=30 * harness.PATIENCE, check=False, **named)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, b"")
        return done.stderr.decode()

    def test_what_is_not_one_listening_socket_is_refused(self):
        self.assertIn("must both be numbers", self.refused("LISTEN_FDS=1"))
        self.assertIn("must both be numbers", self.refused("LISTEN_PID=$$ LISTEN_FDS=one"))
        self.assertIn("2 were passed", self.refused("LISTEN_PID=$$ LISTEN_FDS=2"))
        self.assertIn("descriptor 3 is no socket", self.refused("exec 3</dev/null; LISTEN_PID=$$ LISTEN_FDS=1"))
        with socket.socket() as plain:
            self.assertIn("no listening socket", self.refused(
                f"exec 3<&{plain.fileno()}; LISTEN_PID=$$ LISTEN_FDS=1", pass_fds=(plain.fileno(),)))

    def test_a_socket_for_another_process_is_left_alone(self):
        starter = self.folder() / "start"
        starter.write_text(f'#!/bin/bash\nLISTEN_PID=1 LISTEN_FDS=1 exec {harness.PROGRAM.resolve()} "$@"\n')
        starter.chmod(0o755)
        server = self.server(data=self.folder(), program=starter).start()
        self.assertEqual(server.get("/healthz").status, 200)
        environment = pathlib.Path(f"/proc/{server.process.pid}/cmdline").read_bytes()
        self.assertIn(b"serve", environment)


class TakenOver(Case):
    def successor(self, old, **named):
        return self.server(data=old.data, listen=f"127.0.0.1:{old.address[1]}", arguments=["--take-over"], **named)

    def test_ten_successors_refuse_nobody(self):
        data = self.folder()
        running = [self.server(data=data).start()]
        key = running[0].create_key("webhook:anura/default")

        def restart():
            old = running[0]
            running[0] = self.successor(old).start()
            self.assertEqual(running[0].address, old.address)
            self.assertEqual(old.process.wait(timeout=30 * harness.PATIENCE), 0, "the old process ends by itself")
            old.stop()
        load = self.under_load(data, running[0].address, key, restart)
        self.assertEqual(running[0].stop(), 0)
        self.check_kept(data, load)
        self.assertEqual(list(data.glob("take-over-*")), [], "the last one leaves no socket")

    def test_with_nobody_to_take_over_from_it_binds(self):
        old = self.server(data=self.folder()).start()
        old.process.send_signal(signal.SIGKILL)
        old.process.wait(timeout=30)
        self.assertEqual(len(list(old.data.glob("take-over-*"))), 1, "a dead process leaves its socket")
        fresh = self.successor(old).start()
        self.assertEqual(fresh.get("/healthz").status, 200)

    def test_a_successor_that_cannot_start_leaves_the_old_one_alone(self):
        old = self.server(data=self.folder()).start()
        done = harness.run_program("serve", "--take-over", "--listen", f"127.0.0.1:{old.address[1]}", data=old.data,
                                   env=harness.environment(OIDOR_WORKERS_COUNT="no number"))
        self.assertEqual(done.returncode, 2)
        self.assertEqual(old.get("/healthz").status, 200)
        self.assertIsNone(old.process.poll())

    def test_the_port_of_another_program_is_said_to_be_in_use(self):
        with socket.create_server(("127.0.0.1", 0)) as taken:
            done = harness.run_program("serve", "--take-over", "--listen", f"127.0.0.1:{taken.getsockname()[1]}",
                                       data=self.folder(), env=harness.environment(LANG="en"))
        self.assertEqual(done.returncode, 5)
        self.assertIn(b"in use", done.stderr)

    def test_a_free_port_cannot_be_taken_over(self):
        done = harness.run_program("serve", "--take-over", "--listen", "127.0.0.1:0", data=self.folder())
        self.assertEqual(done.returncode, 2)

    def test_a_worker_takes_no_socket(self):
        done = harness.run_program("serve", "--role", "worker", "--take-over", data=self.folder())
        self.assertEqual(done.returncode, 2)


class Units(Case):
    """The units of docs/operate: what they say is what the program takes."""

    FOLDER = harness.ROOT / "docs/operate"

    def test_the_socket_is_passed_to_a_command_that_exists(self):
        service = (self.FOLDER / "oidor.service").read_text("utf-8")
        unit = (self.FOLDER / "oidor.socket").read_text("utf-8")
        self.assertIn("ListenStream=127.0.0.1:8080\n", unit)
        self.assertIn("Backlog=4096\n", unit)
        self.assertEqual(unit.count("\nListenStream="), 1, "one socket is taken")
        command = next(line for line in service.splitlines() if line.startswith("ExecStart=")).split("=", 1)[1].split()
        self.assertEqual(command[:2], ["/usr/local/bin/oidor", "serve"])
        listener, starter = self.held_socket()
        folder = self.folder()
        (folder / "oidor.toml").write_text("")
        words = [word.replace("/etc/oidor", str(folder)).replace("/var/lib/oidor", str(folder / "data"))
                 for word in command[2:]]
        process = subprocess.Popen([starter, "serve", *words], cwd=folder, env=harness.environment(),
                                   stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, pass_fds=(listener.fileno(),))
        try:
            said = json.loads(process.stdout.readline())
            self.assertEqual(said["listening"], "http://127.0.0.1:{}".format(listener.getsockname()[1]))
        finally:
            process.terminate()
            self.assertEqual(process.wait(timeout=30 * harness.PATIENCE), 0)
            process.stdout.close()


if __name__ == "__main__":
    unittest.main()
