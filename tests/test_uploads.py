"""Audio handed in by `/upload…`: files, addresses, base64."""

import base64
import http.client
import json
import os
import sys
import threading
import unittest
import uuid

import harness
from kill_soak import wav_of
from webhook_case import Files, WebhookCase


def multipart(fields, file=None):
    """(content type, body) of a form; `file` is (name, bytes)."""
    boundary = uuid.uuid4().hex
    parts = [f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'.encode()
             for name, value in fields.items()]
    if file:
        parts.append(f'--{boundary}\r\nContent-Disposition: form-data; name="file"; filename="{file[0]}"\r\n'
                     'Content-Type: application/octet-stream\r\n\r\n'.encode() + file[1] + b"\r\n")
    return f"multipart/form-data; boundary={boundary}", b"".join(parts) + f"--{boundary}--\r\n".encode()


class Uploads(WebhookCase):
    @classmethod
    def setUpClass(cls):
        cls.own = Files()
        cls.addClassCleanup(cls.own.close)
        cls.more_env = {"OIDOR_ACCOUNTS_FILE_DEFAULT_PRIVATE_HOSTS": f"127.0.0.1:{cls.own.port}",
                        "OIDOR_ACCOUNTS_FILE_DEFAULT_RECORDING_RETRY_DELAYS": "100ms",
                        "OIDOR_ACCOUNTS_FILE_DEFAULT_RECORDING_GIVE_UP_AFTER": "1s"}
        super().setUpClass()
        cls.uploader = cls.server.create_key("webhook:file/default")

    def upload(self, name, audio, fields=None, key=None):
        content_type, body = multipart({"campaign_id": "1", "operator_id": "300", "username": "ana", **(fields or {})},
                                       (name, audio))
        return self.server.post("/upload", body,
                                headers={"X-API-Key": key or self.uploader, "Content-Type": content_type})

    def post(self, path, body):
        return self.server.post(path, body, headers={"X-API-Key": self.uploader})

    def stored(self, answer):
        self.assertEqual(answer.status, 200, answer)
        self.assertEqual(answer.json()["status"], "queued")

        def reached():
            item = self.server.get("/api/v1/conversations/" + answer.json()["task_id"], key=self.reader).json()
            return item if any(row["state"] == "stored" for row in item["recordings"]) else None
        return harness.wait_until(reached, 30, "the upload to be stored")

    def test_a_file_becomes_a_conversation_of_its_campaign_and_agent(self):
        audio = wav_of(11)
        answer = self.upload("llamada.WAV", audio)
        item = self.stored(answer)
        self.assertEqual(answer.json()["file_name"], "llamada.WAV")
        self.assertEqual((item["source"], item["campaign"]["id"], item["agents"][0]["id"]), ("file", "1", "300"))
        self.assertEqual(item["recordings"][0]["bytes"], len(audio))
        task = self.server.get("/tasks/" + answer.json()["task_id"], key=self.uploader)
        self.assertEqual(task.status, 200)
        heard = self.server.get(f"/tasks/{item['id']}/audio", key=self.reader)
        self.assertEqual(heard.body, audio)
        again = self.upload("llamada.WAV", audio)
        self.assertEqual((again.status, again.json()["task_id"]), (409, answer.json()["task_id"]))

    def test_a_silent_one_is_judged_to_the_end(self):
        answer = self.upload("silencio.wav", wav_of(0)[:44] + bytes(16000))
        task_id = answer.json()["task_id"]
        done = harness.wait_until(lambda: next((task for task in [self.server.get(
            "/tasks/" + task_id, key=self.uploader).json()] if task["status"] == "completed"), None), 40, "the task")
        self.assertEqual(done["metadata"]["reason"], "no_speech")

    def test_wrong_ones_get_the_predecessors_codes(self):
        audio = wav_of(12)
        for name, data, fields, status in (("a.exe", audio, {}, 400), ("a", audio, {}, 400), ("a.wav", b"", {}, 400),
                                           ("a.wav", b"<html>" * 20, {}, 400), ("a.mp3", b"MZ" * 40, {}, 400),
                                           ("a.wav", audio, {"campaign_id": "99"}, 404),
                                           ("a.wav", audio, {"username": "x" * 256}, 422)):
            with self.subTest(name=name, fields=fields):
                answer = self.upload(name, data, fields)
                self.assertEqual((answer.status, list(answer.json())), (status, ["detail"]))
        self.assertEqual(self.upload("a.wav", audio, key=self.pbx).status, 403)
        self.assertEqual(self.upload("a.wav", audio, key="nope").status, 403)
        content_type, body = multipart({"campaign_id": "1"})
        self.assertEqual(self.server.post("/upload", body, headers={"X-API-Key": self.uploader,
                                                                    "Content-Type": content_type}).status, 422)
        self.assertEqual(self.server.post("/upload", "x", headers={"X-API-Key": self.uploader,
                                                                   "Content-Type": "text/plain"}).status, 415)
        # A raw body of another type is none of ours; so is one without a key, before any of it is sent.
        self.assertEqual(self.server.post("/upload", "{}", headers={"X-API-Key": self.uploader,
                                                                    "Content-Type": "application/json"}).status, 422)
        for headers, status in (({}, 401), ({"X-API-Key": "nope"}, 403), ({"X-API-Key": self.pbx}, 403)):
            connection = http.client.HTTPConnection(*self.server.address, timeout=20 * harness.PATIENCE)
            self.addCleanup(connection.close)
            connection.putrequest("POST", "/upload")
            for name, value in {**headers, "Content-Type": content_type, "Content-Length": str(40 << 20)}.items():
                connection.putheader(name, value)
            connection.endheaders()
            refused = connection.getresponse()
            self.assertEqual((refused.status, list(json.loads(refused.read()))), (status, ["detail"]))
        # Refused by what it says of its size, before the body is sent.
        connection = http.client.HTTPConnection(*self.server.address, timeout=20 * harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/upload")
        for name, value in (("X-API-Key", self.uploader), ("Content-Type", content_type),
                            ("Content-Length", str(52 << 20))):
            connection.putheader(name, value)
        connection.endheaders()
        self.assertEqual(connection.getresponse().status, 413)

    def test_the_body_may_be_the_audio(self):
        audio = wav_of(21)
        answer = self.server.post("/upload?campaign_id=1&operator_id=300&file_name=llamada.wav", audio,
                                  headers={"X-API-Key": self.uploader, "Content-Type": "audio/wav"})
        item = self.stored(answer)
        self.assertEqual((answer.json()["file_name"], item["campaign"]["id"], item["agents"][0]["id"]),
                         ("llamada.wav", "1", "300"))
        self.assertEqual(self.server.get(f"/tasks/{item['id']}/audio", key=self.reader).body, audio)
        for query, data, status in (("?campaign_id=99", audio, 404), ("?file_name=a.exe", audio, 400), ("", b"<html>" * 9, 400)):
            refused = self.server.post("/upload" + query, data, headers={"X-API-Key": self.uploader,
                                                                         "Content-Type": "application/octet-stream"})
            self.assertEqual((refused.status, list(refused.json())), (status, ["detail"]), query)

    def test_a_use_of_the_key_is_counted_once_for_each_upload(self):
        key = self.server.create_key("webhook:file/default", name="subidas")
        for number in (31, 32):
            self.assertEqual(self.upload("a.wav", wav_of(number), key=key).status, 200)

        def uses():
            items = self.server.get("/api/v1/keys?days=1", key=self.reader).json()["items"]
            return list(next(row for row in items if row["name"] == "subidas")["uses"].values())
        harness.wait_until(lambda: uses() == [2], 20, "two uses")

    def test_base64(self):
        audio = wav_of(13)
        item = self.stored(self.post("/upload/from-base64", {"base64": base64.b64encode(audio).decode(),
                                                             "file_name": "../../b.wav", "campaign_id": 1}))
        self.assertEqual(item["recordings"][0]["bytes"], len(audio))
        self.assertEqual(item["details"]["file_name"], "b.wav")
        for body, status in (({"base64": "%%%"}, 422), ({}, 422), ({"base64": "Zm9v", "file_name": "a.txt"}, 422),
                             ({"base64": "Zm9v"}, 422), ({"base64": "="}, 422)):
            self.assertEqual(self.post("/upload/from-base64", body).status, status, body)

    def test_an_address_goes_through_the_guard(self):
        audio = wav_of(14)
        item = self.stored(self.post("/upload/from-url", {"url": self.own.put("/u.wav", (200, "audio/wav", audio)),
                                                          "campaign_id": "1"}))
        self.assertEqual(item["recordings"][0]["bytes"], len(audio))
        other = Files()
        self.addCleanup(other.close)
        for url in (other.put("/x.wav", (200, "audio/wav", audio)), "http://169.254.169.254/latest/meta-data",
                    "file:///etc/passwd", f"http://localhost:{other.port}/x.wav", "https://example.com/x.wav", "no url",
                    self.files.put("/x.wav", (200, "audio/wav", audio))):
            self.assertEqual(self.post("/upload/from-url", {"url": url}).status, 422, url)
        self.assertEqual(sum(other.asked.values()) + self.files.asked["/x.wav"], 0)
        self.assertEqual(self.post("/upload/from-url", {}).status, 422)

    def test_an_address_that_redirects_elsewhere_is_a_failed_task(self):
        other = Files()
        self.addCleanup(other.close)
        target = other.put("/x.wav", (200, "audio/wav", wav_of(15)))
        url = self.own.put("/r.wav", (302, "text/plain", target.encode()))
        task_id = self.post("/upload/from-url", {"url": url}).json()["task_id"]
        failed = harness.wait_until(lambda: next((task for task in [self.server.get(
            "/tasks/" + task_id, key=self.uploader).json()] if task["status"] == "failed"), None), 30, "the task to fail")
        self.assertEqual(failed["error"], "address_refused")
        self.assertEqual(sum(other.asked.values()), 0)

    def test_two_uploads_of_the_same_bytes_at_once_are_one(self):
        audio, answers = wav_of(16), []
        threads = [threading.Thread(target=lambda: answers.append(self.upload("c.wav", audio))) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(sorted(answer.status for answer in answers), [200, 409, 409, 409])
        self.assertEqual(len({answer.json()["task_id"] for answer in answers}), 1)


def rss_kib(pid, name="VmHWM"):
    with open(f"/proc/{pid}/status", encoding="ascii") as status:
        return int(next(line for line in status if line.startswith(name + ":")).split()[1])


class LargeUploads(WebhookCase):
    """Files as large as the predecessor's limit: what is in memory is a piece of each."""

    # Freed memory waits in quarantine under the address sanitizer.
    more_env = {"ASAN_OPTIONS": os.environ.get("ASAN_OPTIONS", "") + ":quarantine_size_mb=8"}

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.uploader = cls.server.create_key("webhook:file/default")

    def send(self, number, size, answers):
        """A form whose file is `size` bytes long, written piece by piece."""
        head = (b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\n\r\n')
        tail = b'\r\n--b\r\nContent-Disposition: form-data; name="username"\r\n\r\nana\r\n--b--\r\n'
        start = b"RIFF\xff\xff\xff\x7fWAVE" + bytes([number])
        connection = http.client.HTTPConnection(*self.server.address, timeout=120 * harness.PATIENCE)
        self.addCleanup(connection.close)
        connection.putrequest("POST", "/upload")
        for name, value in (("X-API-Key", self.uploader), ("Content-Type", "multipart/form-data; boundary=b"),
                            ("Content-Length", str(len(head) + size + len(tail)))):
            connection.putheader(name, value)
        connection.endheaders()
        try:
            connection.send(head + start)
            left, piece = size - len(start), bytes(1 << 20)
            while left:
                connection.send(piece[:left])
                left -= min(left, len(piece))
            connection.send(tail)
        except OSError:
            pass  # The server may have said why already.
        answer = connection.getresponse()
        answers[number] = (answer.status, json.loads(answer.read()))

    def test_four_at_once_take_little_memory(self):
        self.send(0, 1 << 20, {})
        before, answers, size = rss_kib(self.server.process.pid), {}, 50 << 20
        threads = [threading.Thread(target=self.send, args=(number, size, answers)) for number in range(1, 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        grown = rss_kib(self.server.process.pid) - before
        print(f"four uploads of 50 MiB: the peak of memory grew by {grown} KiB", file=sys.stderr)
        self.assertEqual([answers[number][0] for number in range(1, 5)], [200] * 4, answers)

        def sizes():
            return [row["bytes"] for number in range(1, 5) for row in self.server.get(
                "/api/v1/conversations/" + answers[number][1]["task_id"], key=self.reader).json()["recordings"]]
        harness.wait_until(lambda: len(list(filter(None, sizes()))) == 4, 20, "each upload to be a recording")
        self.assertEqual(sizes(), [size] * 4)
        self.assertLess(grown, 64 << 10)  # Held whole, it would be 200 MiB.

    def test_one_byte_more_is_too_large_and_leaves_nothing(self):
        answers = {}
        self.send(9, (50 << 20) + 1, answers)
        self.assertEqual((answers[9][0], list(answers[9][1])), (413, ["detail"]))
        blobs = self.server.data / "blobs"
        harness.wait_until(lambda: not any(path.stat().st_size > (50 << 20) for path in blobs.rglob("*") if path.is_file()),
                           20, "the file to be gone")


class SmallLimit(WebhookCase):
    more_env = {"OIDOR_SERVER_UPLOAD_BYTES_MAX": "64KiB"}

    def test_the_limit_is_a_setting(self):
        uploader = self.server.create_key("webhook:file/default")
        for size, status in ((64 << 10, 200), ((64 << 10) + 1, 413)):
            audio = (b"RIFF\xff\xff\xff\x7fWAVE" + bytes(size))[:size]
            content_type, body = multipart({}, ("a.wav", audio))
            answer = self.server.post("/upload", body, headers={"X-API-Key": uploader, "Content-Type": content_type})
            self.assertEqual(answer.status, status, answer)


if __name__ == "__main__":
    unittest.main()
