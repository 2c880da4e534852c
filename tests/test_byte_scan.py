"""No number, key, name or payload in what the program says about itself: good and bad requests that carry marks are
sent to it on both stores, with the log at its most talkative, and no mark may stand in a log line, an error's body, the
metrics, a job's error or a command's words. Faults of the store are caused by rules in the store itself, as those make
a server quote the row that it refuses."""

import base64
import contextlib
import json
import re
import socket
import sqlite3
import unittest
import urllib.parse

import harness
from postgres_case import PASSWORD, Postgres
from test_uploads import multipart
from webhook_case import Files, WebhookCase, event, new_id, start_event, talk_event

# The marks: what stands in a request, and what of it would betray it.
NUMBER, OTHER_NUMBER = "+5491167950079", "5491199988877"
AGENT, CUSTOMER, TEXT = "Zoraida Marcatestigo", "Eleuterio Cliente Oculto", "frase testigo siete efe tres"
TOKEN, WRONG_KEY, FORM_KEY = "tok-testigo-9b1c44", "clave-testigo-5d2e77" * 3, "clave-formulario-81aa"
MARKS = {"number": "1167950079", "other number": "1199988877", "agent": "Marcatestigo", "customer": "Cliente Oculto",
         "text": "frase testigo", "text as a name": "frasetestigo", "token of an address": TOKEN, "wrong key": "clave-testigo-5d2e77",
         "key of a form": FORM_KEY, "password of the store": PASSWORD}
WEBHOOK = "/webhook/anura/"


def forms_of(mark):
    """The mark as it stands, and as it is written in JSON, addresses, forms, base64 and hexadecimal."""
    raw = mark.encode("utf-8")
    whole = base64.b64encode(raw).decode()
    return {mark.lower(), urllib.parse.quote(mark).lower(), urllib.parse.quote_plus(mark).lower(),
            json.dumps(mark)[1:-1].lower(), raw.hex(), whole.rstrip("=")[:-1].lower()}


def marked_event(cdrid, **more):
    return event(cdrid, **{"calling": NUMBER, "called": OTHER_NUMBER, "queueagentname": AGENT, "custom1": TEXT,
                           "customername": CUSTOMER, **more})


def marked_transcript():
    return {"language": "es", "duration_s": 300, "segments": [
        {"start_ms": 0, "end_ms": 1900, "speaker": "agent", "text": f"Buenos días, le habla {AGENT}. {TEXT}."},
        {"start_ms": 2000, "end_ms": 3000, "speaker": "customer", "text": f"Soy {CUSTOMER}, {NUMBER}."}]}


class Scan:
    """What was said, by where it was said."""

    def __init__(self, keys):
        self.marks = {**MARKS, **{f"key {index}": key for index, key in enumerate(keys)}}
        self.said = []

    def add(self, where, text):
        if isinstance(text, bytes):
            text = text.decode("utf-8", "replace")
        self.said.append((where, text))

    def found(self):
        wanted = [(name, form) for name, mark in self.marks.items() for form in forms_of(mark)]
        return sorted({f"{name} in {where}: {text[:300]}" for where, text in self.said
                       for name, form in wanted if form in text.lower() or form in urllib.parse.unquote(text).lower()})


class Scanned(WebhookCase):
    """The requests; each store's class says how to break it."""

    store_env = {}

    @classmethod
    def setUpClass(cls):
        cls.more_env = {"OIDOR_LOG_LEVEL": "debug", "OIDOR_ACCOUNTS_FILE_DEFAULT_RECORDING_GIVE_UP_AFTER": "1s",
                        "OIDOR_ACCOUNTS_FILE_DEFAULT_RECORDING_RETRY_DELAYS": "100ms", **cls.store_env}
        super().setUpClass()
        cls.uploader = cls.server.create_key("webhook:file/default")

    def setUp(self):
        self.scan = Scan([self.pbx, self.reader, self.uploader])
        self.statuses = set()

    def ask(self, method, path, body=None, key=None, **headers):
        headers = {name.replace("_", "-"): value for name, value in headers.items()}
        answer = self.server.request(method, path, body=body, key=key, headers=headers, seconds=40)
        self.statuses.add(answer.status)
        if answer.status >= 400:
            self.scan.add(f"the answer {answer.status} to {method} {path[:40]}",
                          answer.text + json.dumps({name: value for name, value in answer.headers.items()}))
        return answer

    def post(self, path, body=None, key=None, **headers):
        return self.ask("POST", path, body, X_API_Key=key or self.pbx, **headers)

    def raw(self, text):
        """Bytes that no client of HTTP would send."""
        with socket.create_connection(self.server.address, timeout=20) as connection:
            connection.sendall(text.encode("utf-8") if isinstance(text, str) else text)
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_WR)
            got = b""
            with contextlib.suppress(OSError):
                while more := connection.recv(65536):
                    got += more
        if not got.startswith(b"HTTP/1.1 2"):
            self.scan.add(f"the answer to {text[:30]!r}", got)

    def good_requests(self):
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav?token={TOKEN}", (404, "text/plain", TEXT.encode()))
        for body in (start_event(cdrid, calling=NUMBER, customername=CUSTOMER), talk_event(cdrid, queueagentname=AGENT),
                     marked_event(cdrid, wasrecorded="true", audio_file_wav=url)):
            self.assertEqual(self.post(WEBHOOK, body).status, 200)
        path = "/api/v1/transcripts?source=anura&account=default&external_id=" + cdrid
        self.assertIn(self.ask("PUT", path, marked_transcript(), X_API_Key=self.pbx).status, (200, 201))
        item = self.wait(cdrid, "audited")
        self.assertIn(TEXT, json.dumps(self.whole(item), ensure_ascii=False), "the marks are in the store")
        for words in ("agents set 300 --name".split() + [AGENT], "jobs list --json".split(), ["doctor"], ["keys", "list"]):
            done = self.server.cli(*words)
            if words[0] != "agents":
                self.scan.add("oidor " + " ".join(words[:2]), done.stdout + done.stderr)
        return item

    def recordings(self):
        """Fetches that end badly: what an address carries stays out of what is said."""
        elsewhere = Files()
        self.addCleanup(elsewhere.close)
        host = f"127.0.0.1:{self.files.port}"
        redirect = self.files.put(f"/away.wav?token={TOKEN}",
                                  (302, "text/plain", elsewhere.put(f"/{TOKEN}.wav", (200, "audio/wav", b"x")).encode()))
        for url in (f"http://{host}/gone.wav?token={TOKEN}", f"https://evil.example/{TOKEN}?sig={TOKEN}",
                    f"http://user:{TOKEN}@{host}/x.wav", f"http://{host}:{TOKEN}/x.wav", f"ftp://{host}/{TOKEN}", TOKEN,
                    f"http://[::{TOKEN}]/x", f"http://{TOKEN} {host}/x", redirect,
                    self.files.put(f"/page.wav?token={TOKEN}", (200, "text/html", f"<p>{TEXT}</p>".encode())),
                    self.files.put(f"/broken.wav?token={TOKEN}", (500, "text/plain", TEXT.encode())),
                    f"http://127.0.0.1:9/{TOKEN}.wav"):
            cdrid = new_id()
            self.assertEqual(self.post(WEBHOOK, marked_event(cdrid, wasrecorded="true", audio_file_wav=url)).status, 200)
            harness.wait_until(lambda c=cdrid: any(row["state"] in ("failed", "missing") for item in self.conversations(c)
                                                   for row in item["recordings"]), 30, "the fetch to be given up")
            self.ask("POST", "/upload/from-url", {"url": url, "username": AGENT}, X_API_Key=self.uploader)

    def bad_requests(self):
        whole = json.dumps(marked_event(new_id()))
        for body in (whole[:-20], whole[:-1] + ",}", f'{{"cdrid": "{TEXT}', f'["{NUMBER}"]', f'"{TEXT}"', f"{NUMBER}",
                     json.dumps({"calling": NUMBER, "custom1": TEXT, "hooktrigger": "END"}),
                     json.dumps(marked_event("")), json.dumps(marked_event(TEXT * 200)),
                     json.dumps(marked_event(new_id(), duration=NUMBER, dialtime=TEXT, billseconds={"a": [CUSTOMER]})),
                     json.dumps(marked_event(new_id(), duration="9" * 40, dialtime="9999-99-99 99:99:99")),
                     json.dumps(marked_event(new_id(), custom2=TEXT + "\0" + CUSTOMER, queueagentname=AGENT + "\0")),
                     json.dumps(marked_event(new_id() + "\0" + TEXT)), json.dumps(marked_event(new_id(), hooktrigger=TEXT)),
                     (whole[:-1] + ', "custom3": "\udcff"}').encode("utf-8", "surrogateescape"),
                     json.dumps(marked_event(new_id(), custom2=json.loads("[" * 20 + f'"{TEXT}"' + "]" * 20))),
                     json.dumps(marked_event(new_id(), custom2=TEXT * 90000))):
            for path in (WEBHOOK, "/webhook/anura/test", "/anura/validate-mapping", "/webhook/net2phone/"):
                for kind in ("application/json", "application/x-www-form-urlencoded", "multipart/form-data; boundary=b",
                             f"text/{FORM_KEY}"):
                    self.post(path, body, Content_Type=kind)
        for value in (TEXT, NUMBER, "\0" + TEXT, "a" * 300 + TEXT):
            quoted = urllib.parse.quote(value)
            for path in ("/api/v1/conversations?after=", "/api/v1/conversations?state=", "/api/v1/conversations?from=",
                         "/api/v1/conversations?limit=", "/api/v1/conversations?campaign=", "/api/v1/conversations/",
                         "/api/v1/events?after=", "/api/v1/events?external_id=", "/api/v1/events/rejected?after=",
                         "/api/v1/jobs?state=", "/api/v1/jobs?kind=", "/api/v1/keys?days=", "/tasks/", "/tasks?after=",
                         "/tasks?status=", "/conversations/", "/?day=", "/anura/stats?from=", "/nothing/", "/webhook/",
                         "/webhook/anura/", "/webhook/anura/default/"):
                for key in (self.reader, self.pbx, None):
                    self.ask("GET", path + quoted, key=key)
                self.ask("DELETE", path + quoted, key=self.pbx)
            name = "".join(filter(str.isalnum, value.replace(TEXT, "frasetestigo"))) or "x"
            for path in ("/upload?account=", "/upload/from-url?account=", "/anura/validate-mapping?account=", WEBHOOK):
                for account in (quoted, name):
                    self.post(path + account, marked_event(new_id()))
            for path in ("/anura/campaigns?account=", "/anura/mapping-guide?account=", "/tasks?account="):
                self.ask("GET", path + name, key=self.pbx)
            self.ask("PUT", f"/api/v1/transcripts?source={quoted}&account={quoted}&external_id={quoted}",
                     marked_transcript(), X_API_Key=self.pbx)
        for transcript in ({"segments": TEXT}, {"language": TEXT, "segments": [{"text": TEXT, "speaker": CUSTOMER}]},
                           {"language": "es", "segments": [{"text": TEXT, "start_ms": NUMBER}], TEXT: CUSTOMER}):
            self.ask("PUT", "/api/v1/transcripts?source=anura&account=default&external_id=" + new_id(), transcript,
                     X_API_Key=self.pbx)
        for fields, file in (({"campaign_id": TEXT, "operator_id": AGENT, "username": CUSTOMER}, ("x.wav", TEXT.encode())),
                             ({"username": CUSTOMER}, (f"{CUSTOMER}.exe", b"RIFF")), ({"username": CUSTOMER}, None),
                             ({"campaign_id": TEXT}, (f"{CUSTOMER}.wav", b"RIFF" + bytes(4) + b"WAVE" + TEXT.encode()))):
            kind, body = multipart(fields, file)
            self.ask("POST", "/upload", body, X_API_Key=self.uploader, Content_Type=kind)
        for body in ({"base64": TEXT}, {"base64": base64.b64encode(TEXT.encode()).decode(), "file_name": CUSTOMER}):
            self.ask("POST", "/upload/from-base64", body, X_API_Key=self.uploader)

    def every_documented_route(self):
        """Marks in each parameter of each route that there is, and as its body."""
        paths = self.server.get("/openapi.json").json()["paths"]
        self.assertGreater(len(paths), 20)
        for pattern, methods in paths.items():
            for method, route in methods.items():
                named = route.get("parameters", [])
                for value in (TEXT, NUMBER):
                    quoted = urllib.parse.quote(value)
                    path = re.sub(r"\{[^}]*\}", quoted, pattern)
                    whole = "&".join(f"{one['name']}={quoted}" for one in named if one["in"] == "query")
                    for query in {whole, *(f"{one['name']}={quoted}" for one in named if one["in"] == "query")}:
                        for key in (self.reader, self.pbx, self.uploader):
                            body = None if method == "get" else json.dumps(marked_event(TEXT))
                            self.ask(method.upper(), f"{path}?{query}", body, key=key, Content_Type="application/json")

    def wrong_credentials(self):
        for key in (WRONG_KEY, WRONG_KEY + "\u00f1", "Bearer " + WRONG_KEY, ""):
            for header in ("X_API_Key", "Authorization", "Cookie"):
                with contextlib.suppress(UnicodeEncodeError):
                    self.ask("POST", WEBHOOK, marked_event(new_id()), **{header: key})
                    self.ask("GET", "/api/v1/conversations", **{header: f"oidor_session={key}" if header == "Cookie" else key})
        for path in (WEBHOOK, "/api/v1/conversations", "/metrics", "/upload"):
            self.ask("POST", f"{path}?api_key={WRONG_KEY}&token={TOKEN}", marked_event(new_id()))
            self.ask("POST", f"{path}?api_key={self.pbx}", marked_event(new_id()))
        self.ask("POST", "/sign-in", urllib.parse.urlencode({"key": FORM_KEY, "name": CUSTOMER}),
                 Content_Type="application/x-www-form-urlencoded")
        self.ask("GET", "/api/v1/conversations", key=self.pbx)
        done = self.server.cli("keys", "revoke", WRONG_KEY)
        self.assertNotEqual(done.returncode, 0)

    def broken_http(self):
        self.raw(f"POST {WEBHOOK}{TOKEN} HTTP/9.9\r\nX-API-Key: {self.pbx}\r\n\r\n{TEXT}")
        self.raw(f"POST {WEBHOOK} HTTP/1.1\r\nHost: a\r\nX-API-Key {self.pbx}\r\n\r\n")
        self.raw(f"POST {WEBHOOK} HTTP/1.1\r\nHost: a\r\nX-API-Key: {self.pbx}\r\nContent-Length: {NUMBER}\r\n\r\n{TEXT}")
        self.raw(f"POST {WEBHOOK} HTTP/1.1\r\nHost: a\r\nX-API-Key: {self.pbx}\r\nTransfer-Encoding: {TEXT}\r\n\r\n")
        self.raw(f"POST {WEBHOOK} HTTP/1.1\r\nHost: a\r\nX-API-Key: {self.pbx}\r\nContent-Length: 900\r\n\r\n{TEXT}")
        self.raw(f"{TEXT} {NUMBER}\r\n\r\n")
        self.raw(f"GET /{TOKEN * 2000} HTTP/1.1\r\nHost: a\r\n\r\n")
        self.raw(f"GET / HTTP/1.1\r\nHost: a\r\n" + f"X-{TOKEN}: {TEXT}\r\n" * 200 + "\r\n")

    def faults_of_the_store(self):
        """Rows that carry marks are refused by the store: at the door, in a job, in a listing."""
        for table in ("events", "participations", "conversation_transcripts"):
            with self.subTest(table=table), self.broken(table):
                cdrid = new_id()
                kept = self.post(WEBHOOK, marked_event(cdrid)).status
                self.assertEqual(kept == 200, table != "events", table)
                self.ask("PUT", "/api/v1/transcripts?source=anura&account=default&external_id=" + cdrid,
                         marked_transcript(), X_API_Key=self.pbx)
                if kept == 200 and table == "participations":
                    harness.wait_until(lambda: any("job_failed" in line or "job_dead" in line for line in self.server.log),
                                       30, "the job to fail")

    def test_nothing_that_was_sent_is_said(self):
        self.good_requests()
        self.wrong_credentials()  # first: after many of them the answer is a plain 429
        self.recordings()
        self.bad_requests()
        self.every_documented_route()
        self.broken_http()
        self.faults_of_the_store()
        for page in ("/metrics", "/openapi.json", "/readyz"):
            self.scan.add(page, self.server.get(page).text)
        for row in self.server.get("/api/v1/jobs?limit=500", key=self.reader).json()["items"]:
            self.scan.add("a job's error", json.dumps(row["error"]))
        for row in self.server.get("/api/v1/events/rejected?limit=500", key=self.reader).json()["items"]:
            self.scan.add("a refused delivery", json.dumps(row))
        self.server.stop()
        for line in self.server.log:
            self.scan.add("the log", line)
        # It looked where something is said: every class of answer, every sort of line.
        self.assertLessEqual({200, 400, 401, 403, 404, 405, 409, 413, 422}, self.statuses)
        events = {json.loads(line)["event"] for line in self.server.log if line.startswith("{")}
        self.assertLessEqual({"request_served", "event_kept", "delivery_rejected", "authentication_failed", "job_done",
                              "recording_failed", "conversation_audited", "request_rejected"}, events)
        self.assertRegex(" ".join(events), "job_failed|job_dead")
        found = self.scan.found()
        self.assertEqual(found, [], f"{len(found)} of {len(self.scan.said)} that were said")


class OnSqlite(Scanned):
    @contextlib.contextmanager
    def broken(self, table):
        with contextlib.closing(sqlite3.connect(self.server.data / "oidor.db", timeout=20)) as database:
            database.execute(f"CREATE TRIGGER broken BEFORE INSERT ON {table} BEGIN SELECT RAISE(ABORT, 'broken'); END")
            database.commit()
            try:
                yield
            finally:
                database.execute("DROP TRIGGER broken")
                database.commit()


class OnPostgres(Scanned):
    @classmethod
    def setUpClass(cls):
        cls.postgres = Postgres().start()
        cls.addClassCleanup(cls.postgres.remove)
        cls.store_env = {"OIDOR_STORE_URL": cls.postgres.url}
        super().setUpClass()

    @contextlib.contextmanager
    def broken(self, table):
        self.postgres.query(f"ALTER TABLE {table} ADD CONSTRAINT broken CHECK (false) NOT VALID")
        try:
            yield
        finally:
            self.postgres.query(f"ALTER TABLE {table} DROP CONSTRAINT broken")


class TheScanItself(unittest.TestCase):
    def test_it_sees_a_mark_in_every_form(self):
        key = "a0b1c2d3" * 8
        for text in (f"x {NUMBER} y", OTHER_NUMBER, AGENT.upper(), urllib.parse.quote(CUSTOMER), TEXT.replace(" ", "+"),
                     f"?token={TOKEN}", base64.b64encode(TOKEN.encode()).decode(), TOKEN.encode().hex(), f"key={key}", PASSWORD):
            scan = Scan([key])
            scan.add("here", text)
            self.assertTrue(scan.found(), text)
        clean = Scan([key])
        clean.add("here", '{"event": "job_failed", "error_code": "Conflict"}')
        self.assertEqual(clean.found(), [])


def load_tests(loader, _tests, _pattern):
    """`Scanned` alone has no store."""
    suite = unittest.TestSuite()
    for case in (TheScanItself, OnSqlite, OnPostgres):
        suite.addTests(loader.loadTestsFromTestCase(case))
    return suite


if __name__ == "__main__":
    unittest.main()
