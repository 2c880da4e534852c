"""Recordings in a bucket: fetched into it, heard from it by Range, and what `oidor doctor` says of it. The bucket is the
strict fake of src/blobs/s3/testing; that room's tests also run a real server."""

import json
import subprocess
import sys
import urllib.request

import harness
from kill_soak import wav_of
from webhook_case import WebhookCase, event, new_id

FAKE = harness.ROOT / "src/blobs/s3/testing/fake_s3.py"


class FakeS3:
    """The fake as a process of its own."""

    def __init__(self):
        self.process = subprocess.Popen([sys.executable, FAKE, "recordings", "--part-bytes-min", "1024"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.endpoint = f"http://127.0.0.1:{json.loads(self.process.stdout.readline())['port']}"

    def control(self, word, value=None):
        request = urllib.request.Request(f"{self.endpoint}/_fake/{word}", json.dumps(value).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=20) as answer:
            return json.load(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()
        self.process.stdout.close()


class Bucket(WebhookCase):
    @classmethod
    def setUpClass(cls):
        cls.bucket = FakeS3()
        cls.addClassCleanup(cls.bucket.close)
        # The older names, as the predecessor's `.env` has them.
        cls.more_env = {"S3_BUCKET": "recordings", "S3_ENDPOINT": cls.bucket.endpoint,
                        "S3_ACCESS_KEY": "test-access", "S3_SECRET_KEY": "test-secret"}
        super().setUpClass()

    def tearDown(self):
        self.bucket.control("faults", [])

    def record(self, audio):
        """The recording of a new call, as the API lists it."""
        cdrid = new_id()
        url = self.files.put(f"/{cdrid}.wav", (200, "audio/wav", audio))
        self.put_transcript(cdrid)
        self.accept(event(cdrid, wasrecorded="true", audio_file_wav=url))
        self.wait(cdrid, "audited")
        # It is measured right after it is stored; then nobody else reads it any more.
        harness.wait_until(lambda: self.wait_recording(cdrid, "stored")["duration_s"], what="its duration")
        return self.wait_recording(cdrid, "stored")

    def listen(self, recording, **headers):
        return self.server.get(f"/api/v1/recordings/{recording['id']}/audio", key=self.reader, headers=headers)

    def test_a_recording_goes_into_the_bucket_and_is_heard_from_it(self):
        audio = wav_of(3)
        recording = self.record(audio)
        digest = recording["sha256"]
        objects = self.bucket.control("state")["objects"]
        self.assertEqual(objects[f"{digest[:2]}/{digest[2:4]}/{digest}"], len(audio))
        self.assertFalse((self.server.data / "blobs").exists())

        whole = self.listen(recording)
        self.assertEqual((whole.status, whole.body), (200, audio))
        before = len(self.bucket.control("state")["requests"])
        for asked, body in (("bytes=0-9", audio[:10]), ("bytes=100-", audio[100:]), ("bytes=-7", audio[-7:]),
                            (f"bytes=10-{len(audio) * 2}", audio[10:])):
            part = self.listen(recording, Range=asked)
            self.assertEqual((part.status, part.body), (206, body), asked)
            self.assertRegex(part.headers["content-range"], rf"^bytes \d+-\d+/{len(audio)}$")
            self.assertIn("no-store", part.headers["cache-control"])
        requests = self.bucket.control("state")["requests"][before:]
        self.assertEqual([status for method, _, status in requests if method == "GET"], [206] * 4)
        beyond = self.listen(recording, Range=f"bytes={len(audio)}-")
        self.assertEqual(beyond.status, 416, beyond)
        self.assertEqual(beyond.headers["content-range"], f"bytes */{len(audio)}")

    def test_a_long_range_is_answered_in_pieces(self):
        audio = wav_of(5, seconds=300)
        piece = 4 << 20
        self.assertGreater(len(audio), piece)
        recording = self.record(audio)
        part = self.listen(recording, Range="bytes=1-")
        self.assertEqual((part.status, part.body), (206, audio[1:piece + 1]))
        self.assertEqual(part.headers["content-range"], f"bytes 1-{piece}/{len(audio)}")

    def test_a_bucket_that_is_away_costs_time_but_no_recording(self):
        self.bucket.control("faults", [{"method": "PUT", "count": 5, "do": "status", "status": 503, "code": "SlowDown"}])
        audio = wav_of(4)
        self.assertEqual(self.listen(self.record(audio)).body, audio)

    def test_a_bucket_that_refuses_is_told_without_secrets(self):
        recording = self.record(wav_of(2))
        self.bucket.control("faults", [{"method": "*", "count": 9, "do": "status", "status": 403,
                                        "code": "AccessDenied"}])
        refused = self.listen(recording)
        self.assert_problem(refused, 503)
        log = "\n".join(self.server.log)
        for secret in ("test-secret", "test-access", "Signature=", "AWS4-HMAC"):
            self.assertNotIn(secret, refused.text)
            self.assertNotIn(secret, log)

    def test_doctor_tries_the_bucket_and_names_the_cure(self):
        def finding(**more):
            done = harness.run_program("doctor", "--json", data=self.server.data, program=self.server.program,
                                       env=harness.environment(**{**self.server.env, **more}))
            return next(line for line in harness.json_lines(done.stdout) if line["subject"] == "blobs")

        fine = finding()
        self.assertEqual(fine["verdict"], "fine", fine)
        self.assertIn("s3://recordings: stored, read and removed a probe", fine["words"])
        for more, words in (({"S3_SECRET_KEY": "hushhush"}, "correct blobs.s3.access_key"),
                            ({"S3_BUCKET": "elsewhere"}, "there is no bucket elsewhere: create it"),
                            ({"OIDOR_BLOBS_S3_REGION": "sa-east-1"}, "the bucket lies in us-east-1"),
                            ({"S3_ACCESS_KEY": "", "S3_SECRET_KEY": ""}, "needs blobs.s3.access_key"),
                            ({"S3_ENDPOINT": "http://127.0.0.1:9"}, "store a probe")):
            bad = finding(**more)
            self.assertEqual(bad["verdict"], "bad", bad)
            self.assertIn(words, bad["words"])
            self.assertNotIn("hushhush", bad["words"])
