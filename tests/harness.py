"""The ground of the black-box tests: the real program on its own data folder, spoken to over HTTP and its CLI.

    class Keys(harness.ServerCase):
        def test_a_request_without_a_key_is_refused(self):
            self.assertEqual(self.server.get("/api/v1/conversations").status, 401)

The program is build/release/oidor, or what OIDOR_TEST_PROGRAM names. Servers listen on a port that the system
chooses. Nothing here sleeps blindly: `wait_until` asks again until a deadline. `assert_golden` compares with a
file of tests/golden/, and rewrites it under OIDOR_TEST_GOLDEN=write (`./dev golden`)."""

import contextlib
import http.client
import json
import os
import pathlib
import queue
import secrets
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent
PROGRAM = pathlib.Path(os.environ.get("OIDOR_TEST_PROGRAM", ROOT / "build/release/oidor"))
# Set by the sanitizer builds and by slow machines; every deadline is multiplied.
PATIENCE = float(os.environ.get("OIDOR_TEST_PATIENCE", "1"))


def environment(**more):
    """A clean environment: nothing of the caller's configuration reaches the program."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "ASAN_OPTIONS", "UBSAN_OPTIONS")
            if name in os.environ}
    return {**kept, "LANG": "C.UTF-8", **{name: str(value) for name, value in more.items()}}


def wait_until(check, seconds=20, what="the condition", every=0.02):
    """The first true value of `check()`, asked again until `seconds` are over; else AssertionError."""
    deadline = time.monotonic() + seconds * PATIENCE
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds} s for {what}; last answer: {value!r}")
        time.sleep(every)


def run_program(*arguments, data=None, stdin=b"", env=None, cwd=None, seconds=60, program=None):
    """Runs the program to its end; `data` is its data folder. Returns CompletedProcess with bytes.
    Without `cwd` it runs in a folder of its own, so that no oidor.toml or .env is found by accident."""
    command = [program or PROGRAM, *map(str, arguments)]
    if data is not None:
        command += ["--data", str(data)]
    with contextlib.ExitStack() as stack:
        folder = cwd or stack.enter_context(tempfile.TemporaryDirectory(prefix="oidor-cwd-"))
        return subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, cwd=folder,
                              env=env or environment(), timeout=seconds * PATIENCE, check=False)


def json_lines(text):
    """The values of a JSON-lines text (bytes or str)."""
    if isinstance(text, bytes):
        text = text.decode("utf-8")
    return [json.loads(line) for line in text.splitlines() if line.strip()]


class Answer:
    """One HTTP answer: status, headers (lower-case names), body."""

    def __init__(self, status, headers, body):
        self.status, self.headers, self.body = status, headers, body

    @property
    def text(self):
        return self.body.decode("utf-8")

    def json(self):
        return json.loads(self.body)

    def __repr__(self):
        return f"Answer({self.status}, {self.body[:300]!r})"


def http_request(address, method, path, body=None, headers=None, key=None, seconds=20):
    """One request to (host, port). A dict or list as body goes as JSON; `key` as a Bearer token."""
    headers = dict(headers or {})
    if isinstance(body, (dict, list)):
        body = json.dumps(body, ensure_ascii=False).encode("utf-8")
        headers.setdefault("Content-Type", "application/json")
    if isinstance(body, str):
        body = body.encode("utf-8")
    if key is not None:
        headers.setdefault("Authorization", f"Bearer {key}")
    connection = http.client.HTTPConnection(*address, timeout=seconds * PATIENCE)
    try:
        connection.request(method, path, body=body, headers=headers)
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


class Server:
    """`oidor serve` on a data folder. Use it as a context, or start and stop it as often as you like: the data
    stays until `remove_data`. It prints {"listening": "http://HOST:PORT"} when it takes connections."""

    def __init__(self, data=None, arguments=(), env=None, listen="127.0.0.1:0", program=None, before_exec=None,
                 pass_fds=()):
        self._own = data is None
        self.data = pathlib.Path(data or tempfile.mkdtemp(prefix="oidor-data-"))
        self.arguments, self.env, self.listen = list(arguments), dict(env or {}), listen
        self.program = program or PROGRAM
        self.before_exec = before_exec  # runs in the child, before the program takes its place
        self.pass_fds = pass_fds
        self.process, self.address, self.log = None, None, []
        self._readers = []

    def start(self, seconds=30):
        assert self.process is None, "it runs already"
        command = [self.program, "serve", "--data", str(self.data), "--listen", self.listen, *self.arguments]
        self._folder = tempfile.mkdtemp(prefix="oidor-cwd-")
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE, cwd=self._folder, env=environment(**self.env),
                                        preexec_fn=self.before_exec, pass_fds=self.pass_fds)
        said = queue.Queue()
        self._readers = [threading.Thread(target=self._read_stdout, args=(self.process.stdout, said), daemon=True),
                         threading.Thread(target=self._read_log, args=(self.process.stderr,), daemon=True)]
        for reader in self._readers:
            reader.start()
        try:
            url = said.get(timeout=seconds * PATIENCE)
        except queue.Empty:
            url = None
        if url is None:
            code = self.process.poll()
            self.kill()
            raise AssertionError(f"the server did not start (exit {code}):\n" + "\n".join(self.log[-40:]))
        host, _, port = url.removeprefix("http://").removeprefix("https://").rpartition(":")
        self.address = (host.strip("[]"), int(port))
        return self

    def _read_stdout(self, stream, said):
        for line in stream:
            with contextlib.suppress(ValueError):
                value = json.loads(line)
                if isinstance(value, dict) and "listening" in value:
                    said.put(value["listening"])
        said.put(None)

    def _read_log(self, stream):
        for line in stream:
            self.log.append(line.decode("utf-8", "replace").rstrip("\n"))
            del self.log[:-20000]

    def _ended(self, seconds):
        code = self.process.wait(timeout=seconds * PATIENCE)
        for reader in self._readers:
            reader.join(timeout=10)
        self.process.stdout.close()
        self.process.stderr.close()
        self.process = None
        shutil.rmtree(self._folder, ignore_errors=True)
        return code

    def stop(self, seconds=30):
        """Asks it to end (SIGTERM) and returns its exit code; harmless when it does not run."""
        if self.process is None:
            return None
        self.process.send_signal(signal.SIGTERM)
        try:
            return self._ended(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            raise AssertionError(f"the server did not stop within {seconds} s:\n" + "\n".join(self.log[-40:]))

    def kill(self):
        """Ends it without a warning (SIGKILL), as a power cut would."""
        if self.process is None:
            return None
        self.process.kill()
        return self._ended(30)

    def restart(self):
        self.stop()
        return self.start()

    def remove_data(self):
        self.kill()
        if self._own:
            shutil.rmtree(self.data, ignore_errors=True)

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        try:
            self.stop()
        finally:
            self.remove_data()

    # HTTP -------------------------------------------------------------------------------------------------
    def request(self, method, path, **named):
        return http_request(self.address, method, path, **named)

    def get(self, path, **named):
        return self.request("GET", path, **named)

    def post(self, path, body=None, **named):
        return self.request("POST", path, body=body, **named)

    def put(self, path, body=None, **named):
        return self.request("PUT", path, body=body, **named)

    # CLI --------------------------------------------------------------------------------------------------
    def cli(self, *arguments, **named):
        """Runs a command of the program on this server's data folder."""
        return run_program(*arguments, data=self.data, env=environment(**self.env), program=self.program, **named)

    def create_key(self, *scopes, name=None, campaigns=()):
        """A new key with these scopes, limited to these campaigns if there are any, as text."""
        name = name or f"test-{secrets.token_hex(4)}"  # a name in force cannot be given twice
        words = [word for scope in scopes for word in ("--scope", scope)]
        words += [word for campaign in campaigns for word in ("--campaign", campaign)]
        done = self.cli("keys", "create", "--name", name, *words, "--plain")
        if done.returncode != 0:
            raise AssertionError(f"keys create: exit {done.returncode}: {done.stderr.decode('utf-8', 'replace')}")
        return done.stdout.decode("ascii").strip()

    # What a user would look up ------------------------------------------------------------------------------
    def list_conversations(self, key, **query):
        """Every conversation of all pages, as the API gives them."""
        from urllib.parse import urlencode
        found, after = [], None
        while True:
            page = self.get("/api/v1/conversations?" + urlencode({**query, **({"after": after} if after else {})}),
                            key=key)
            if page.status != 200:
                raise AssertionError(f"list conversations: {page}")
            found += page.json()["items"]
            after = page.json()["next"]
            if not after:
                return found

    def wait_for_conversation(self, key, external_id, state, seconds=30, **query):
        """The one conversation of this external id, as soon as it is in `state` (a word or a set of them)."""
        states = {state} if isinstance(state, str) else set(state)
        seen = []

        def reached():
            seen[:] = self.list_conversations(key, external_id=external_id, **query)
            return next((item for item in seen if item["state"] in states), None)

        return wait_until(reached, seconds, f"conversation {external_id} in {sorted(states)}; seen {seen}")


class ServerCase(unittest.TestCase):
    """A test class with one server for all its cases, as `self.server`."""

    server_arguments = ()
    server_env = {}

    @classmethod
    def setUpClass(cls):
        cls.server = Server(arguments=cls.server_arguments, env=cls.server_env)
        cls.addClassCleanup(cls.server.remove_data)
        cls.server.start()

    def temporary_folder(self):
        folder = tempfile.mkdtemp(prefix="oidor-test-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        return pathlib.Path(folder)


def assert_golden(case, name, text):
    """Compares `text` with tests/golden/NAME; under OIDOR_TEST_GOLDEN=write the file is written instead."""
    path = ROOT / "tests/golden" / name
    if os.environ.get("OIDOR_TEST_GOLDEN") == "write":
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return
    if not path.exists():
        case.fail(f"{path.relative_to(ROOT)} is missing; write it with: ./dev golden")
    case.assertEqual(path.read_text(encoding="utf-8"), text,
                     f"{path.relative_to(ROOT)} differs; when the change is meant: ./dev golden")
