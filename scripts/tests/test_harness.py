"""The harness against a small stand-in program: what the black-box tests trust must itself be right."""

import pathlib
import stat
import sys
import tempfile
import textwrap
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "tests"))
import harness  # noqa: E402

STAND_IN = """\
    #!/usr/bin/env python3
    import http.server, json, signal, sys
    if sys.argv[1] == "keys":
        print("k" * 8)
        sys.exit(0)
    if "--fail" in sys.argv:
        print("port 1 is taken", file=sys.stderr)
        sys.exit(7)
    class H(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"body": body.decode(), "key": self.headers["Authorization"]}).encode())
        def log_message(self, *a): pass
    s = http.server.ThreadingHTTPServer(("127.0.0.1", 0), H)
    def stop(*a): sys.exit(0)
    if "--deaf" in sys.argv: stop = signal.SIG_IGN
    signal.signal(signal.SIGTERM, stop)
    print(json.dumps({"listening": "http://127.0.0.1:%d" % s.server_address[1]}), flush=True)
    s.serve_forever()
"""


class Harness(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = pathlib.Path(folder.name) / "stand_in"
        self.program.write_text(textwrap.dedent(STAND_IN))
        self.program.chmod(self.program.stat().st_mode | stat.S_IXUSR)

    def server(self, *arguments):
        server = harness.Server(program=self.program, arguments=arguments)
        self.addCleanup(server.remove_data)
        return server

    def test_it_starts_speaks_and_stops(self):
        server = self.server().start()
        answer = server.post("/", {"a": "ñ"}, key=server.create_key("audits:read"))
        self.assertEqual(answer.json(), {"body": '{"a": "ñ"}', "key": "Bearer kkkkkkkk"})
        self.assertEqual(server.stop(), 0)
        self.assertIsNone(server.stop())

    def test_a_kill_is_seen_as_one_and_a_start_may_follow(self):
        server = self.server().start()
        self.assertEqual(server.kill(), -9)
        server.start()
        self.assertEqual(server.stop(), 0)

    def test_a_server_that_does_not_start_says_why(self):
        with self.assertRaisesRegex(AssertionError, "port 1 is taken"):
            self.server("--fail").start()

    def test_a_server_that_does_not_stop_is_a_failure(self):
        server = self.server("--deaf").start()
        with self.assertRaisesRegex(AssertionError, "did not stop"):
            server.stop(seconds=0.2)
        self.assertIsNone(server.process)

    def test_its_data_goes_with_it(self):
        with self.server() as server:
            data = server.data
            self.assertTrue(data.is_dir())
        self.assertFalse(data.exists())

    def test_waiting_ends_at_the_deadline(self):
        with self.assertRaisesRegex(AssertionError, "for the moon"):
            harness.wait_until(lambda: None, seconds=0.05, what="the moon")
        answers = iter([None, 0, "yes"])
        self.assertEqual(harness.wait_until(lambda: next(answers), every=0), "yes")


if __name__ == "__main__":
    unittest.main()
