"""A PostgreSQL 15 of the tests' own (Debian's), as its own user, in a temporary folder; ended by its id."""

import os
import pathlib
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile

import harness

PROGRAMS = pathlib.Path("/usr/lib/postgresql/15/bin")
PASSWORD = "hush-hush"


class Postgres:
    """A server with one database; `url` is what `store.url` takes, with a password."""

    def __init__(self, *settings, parent=None):
        """`settings`: more of the server's own, `name=value`; `parent`: the folder to be in."""
        self.settings = settings
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="oidor-pg-", dir=parent))
        self.user = "postgres" if os.geteuid() == 0 else None
        if self.user:
            account = pwd.getpwnam(self.user)
            os.chown(self.folder, account.pw_uid, account.pw_gid)
        secret = self.folder / "password"
        secret.write_text(PASSWORD + "\n", encoding="ascii")
        secret.chmod(0o644)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.process = None
        self._run("initdb", "-D", self.folder / "data", "-U", "oidor", "-N", "--encoding=UTF8", "--locale=C.UTF-8",
                  "--auth=scram-sha-256", f"--pwfile={secret}")

    @property
    def url(self):
        return f"postgres://oidor:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def create_database(self, name):
        """Its URL."""
        self.query(f"CREATE DATABASE {name} TEMPLATE template0")
        return self.url.removesuffix("postgres") + name

    def _run(self, program, *arguments):
        subprocess.run([PROGRAMS / program, *map(str, arguments)], user=self.user, cwd=self.folder, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def start(self):
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [PROGRAMS / "postgres", "-D", self.folder / "data", "-p", str(self.port), "-k", self.folder,
                 "-c", "listen_addresses=127.0.0.1", "-c", "max_connections=200",
                 *[word for setting in self.settings for word in ("-c", setting)]],
                user=self.user, cwd=self.folder, stdout=log, stderr=log)
        harness.wait_until(lambda: subprocess.run(
            [PROGRAMS / "pg_isready", "-q", "-h", "127.0.0.1", "-p", str(self.port)], check=False).returncode == 0,
            30, "PostgreSQL to be ready")
        return self

    def query(self, sql):
        """The lines that psql prints."""
        done = subprocess.run([PROGRAMS / "psql", "-AtX", self.url, "-c", sql], stdout=subprocess.PIPE, check=True)
        return done.stdout.decode("utf-8").splitlines()

    def stop(self, how=signal.SIGINT):
        """SIGINT ends it in order, SIGQUIT as if the power had gone."""
        if self.process is not None:
            self.process.send_signal(how)
            self.process.wait(timeout=30 * harness.PATIENCE)
            self.process = None

    def remove(self):
        self.stop(signal.SIGQUIT)  # its data goes too: nothing needs to be written out first
        shutil.rmtree(self.folder, ignore_errors=True)
