"""What the tests of webhooks, API and page share: events, a stand-in for the PBX's recordings, a server with keys."""

import itertools
import threading
import urllib.parse
from collections import Counter
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import harness
from kill_soak import transcript_of

PHONE = "+5491167950079"
DONE = {"audited", "no_recording", "not_auditable", "failed"}
_numbers = itertools.count(1)


def new_id():
    return f"call-{next(_numbers)}"


def event(cdrid, trigger="END", **more):
    return {"hooktrigger": trigger, "cdrid": cdrid, "dialtime": "2026-02-10 10:30:00", "direction": "inbound",
            "calling": PHONE, "called": "300", "status": "ANSWER", "duration": "310", "billseconds": "300",
            "wasrecorded": "false", "accounttags": "campaign_1", "queueagentname": "Lucía",
            "queueagentextension": "300", **more}


def start_event(cdrid, **more):
    return {"hooktrigger": "START", "cdrid": cdrid, "dialtime": "2026-02-10 10:30:00", "direction": "inbound",
            "calling": PHONE, "called": "300", "accounttags": "campaign_1", **more}


def talk_event(cdrid, **more):
    return {**start_event(cdrid), "hooktrigger": "TALK", "queueagentname": "Lucía", "queueagentextension": "300", **more}


class Files:
    """A little web server: `answers[path]` is a list of (status, type, body), the last one for ever."""

    def __init__(self):
        self.answers, self.asked, self.lock = {}, Counter(), threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with outer.lock:
                    count = outer.asked[self.path]
                    outer.asked[self.path] += 1
                answers = outer.answers.get(self.path, [(404, "text/plain", b"none")])
                status, media_type, body = answers[min(count, len(answers) - 1)]
                self.send_response(status)
                if status in (301, 302, 307):
                    self.send_header("Location", body.decode())
                    body = b""
                self.send_header("Content-Type", media_type)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True).start()

    def put(self, path, *answers):
        self.answers[path] = list(answers)
        return f"http://127.0.0.1:{self.port}{path}"

    def close(self):
        self.server.shutdown()
        self.server.server_close()


class WebhookCase(harness.ServerCase):
    """A server with a campaign, two agents, a key of each sort, and a web server that it may fetch from."""

    more_env = {}

    @classmethod
    def setUpClass(cls):
        cls.files = Files()
        cls.addClassCleanup(cls.files.close)
        account = "OIDOR_ACCOUNTS_ANURA_DEFAULT_"
        cls.server_env = {account + "PRIVATE_HOSTS": f"127.0.0.1:{cls.files.port}",
                          account + "RECORDING_RETRY_DELAYS": "100ms, 300ms",
                          account + "RECORDING_GIVE_UP_AFTER": "2s", **cls.more_env}
        super().setUpClass()
        for words in (("campaigns", "set", "1", "--name", "Ventas"), ("campaigns", "set", "2", "--name", "Soporte"),
                      ("agents", "set", "300", "--name", "Lucía")):
            done = cls.server.cli(*words)
            assert done.returncode == 0, done
        cls.pbx = cls.server.create_key("webhook:anura/default")
        cls.reader = cls.server.create_key("audits:read", "content:read", "recordings:listen", "admin")

    def send(self, body, path="/webhook/anura/", key=None, **named):
        named.setdefault("headers", {"X-API-Key": key or self.pbx})
        return self.server.post(path, body, **named)

    def accept(self, body, **named):
        answer = self.send(body, **named)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def put_transcript(self, cdrid, transcript=None, key=None, **query):
        query = {"source": "anura", "account": "default", "external_id": cdrid, **query}
        return self.server.put("/api/v1/transcripts?" + urllib.parse.urlencode(query),
                               transcript or transcript_of(7), headers={"X-API-Key": key or self.pbx})

    def conversations(self, cdrid):
        return self.server.list_conversations(self.reader, external_id=cdrid)

    def wait(self, cdrid, state):
        return self.server.wait_for_conversation(self.reader, cdrid, state, seconds=40)

    def wait_recording(self, cdrid, state, seconds=40):
        def reached():
            return next((row for item in self.conversations(cdrid) for row in item["recordings"]
                         if row["state"] == state), None)
        return harness.wait_until(reached, seconds, f"a recording of {cdrid} that is {state}; "
                                                    f"seen {self.conversations(cdrid)}", every=0.05)

    def whole(self, item, key=None):
        answer = self.server.get(f"/api/v1/conversations/{item['id']}", key=key or self.reader)
        self.assertEqual(answer.status, 200, answer)
        return answer.json()

    def audited_call(self, **more):
        """One audited call, as the API lists it."""
        cdrid = new_id()
        self.accept(event(cdrid, **more))
        self.assertIn(self.put_transcript(cdrid).status, (200, 201))
        return self.wait(cdrid, "audited")

    def count_events(self, cdrid):
        page = self.server.get("/api/v1/events?limit=200&external_id=" + cdrid, key=self.reader)
        self.assertEqual(page.status, 200, page)
        return len([row for row in page.json()["items"] if row["external_id"] == cdrid])

    def assert_problem(self, answer, status):
        self.assertEqual(answer.status, status, answer)
        self.assertIn("application/problem+json", answer.headers["content-type"])
        self.assertEqual(answer.json()["status"], status)
        self.assertTrue(answer.json()["title"])
