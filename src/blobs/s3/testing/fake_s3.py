#!/usr/bin/env python3
"""A strict S3 of its own for tests: fake_s3.py BUCKET [--part-bytes-min N] [--no-conditions ignore|refuse].

It checks every signature by itself (header and presigned form), the hash of every body, conditions, ranges, and the
rules of uploads in parts. It prints {"port": N} when it listens and ends when its standard input does.

Keys: access key `test-access`, secret `test-secret`, region `us-east-1`. Objects live in memory.

Beside S3 it answers to /_fake/, unsigned:
  POST /_fake/faults  [{"method", "match", "count", "do", …}]: what happens to the next requests whose method is that
                      one and whose target holds `match`; `skip` lets so many pass before. `do` is one of
                        status   answers `status` with the error `code` (and `headers`), doing nothing
                        cut      closes the connection, doing nothing
                        lost     does it, then closes the connection without an answer
                        truncate sends half of the body, then closes the connection
                        stall    answers nothing for `seconds`
                        late     answers 200 with an error document in it, doing nothing
                        garble   sends other bytes of the same length
  POST /_fake/damage  {"key", "text"}: replaces an object's bytes
  POST /_fake/age     {"hours"}: every upload in parts began so much earlier
  GET  /_fake/state   {"requests": [[method, target, status]], "objects": {key: size}, "uploads": [key]}"""

import argparse
import datetime
import hashlib
import hmac
import http.server
import json
import re
import sys
import threading
import time
import urllib.parse
import xml.etree.ElementTree as ElementTree
from xml.sax.saxutils import escape

ACCESS, SECRET, REGION = "test-access", "test-secret", "us-east-1"
SKEW_MAX = datetime.timedelta(minutes=15)


class Refusal(Exception):
    def __init__(self, status, code, headers=()):
        super().__init__(code)
        self.status, self.code, self.headers = status, code, dict(headers)


def encode(text):
    return urllib.parse.quote(text, safe="-._~")


def signature(secret, date, scope, canonical):
    key = b"AWS4" + secret.encode()
    for step in scope.split("/"):
        key = hmac.new(key, step.encode(), hashlib.sha256).digest()
    text = f"AWS4-HMAC-SHA256\n{date}\n{scope}\n{hashlib.sha256(canonical.encode()).hexdigest()}"
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()


class World:
    """What the server knows. Everything happens with the lock held."""

    def __init__(self, options):
        self.options = options
        self.lock = threading.Lock()
        self.objects, self.uploads, self.faults, self.requests = {}, {}, [], []
        self.next_upload = 1

    def take_fault(self, method, target):
        for fault in self.faults:
            if fault["method"] in (method, "*") and fault.get("match", "") in target and fault["count"] > 0:
                if fault.get("skip", 0) > 0:
                    fault["skip"] -= 1
                    continue
                fault["count"] -= 1
                return fault
        return None


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    world = None

    def log_message(self, *_):
        pass

    # -- the connection

    def serve(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path, _, query = self.path.partition("?")
        if path.startswith("/_fake/"):
            self.control(path, body)
            return
        with self.world.lock:
            fault = self.world.take_fault(self.command, self.path)
        if fault and fault["do"] == "stall":
            time.sleep(fault["seconds"])
        if fault and fault["do"] in ("cut", "stall"):
            self.note(0)
            self.close_connection = True
            return
        try:
            if fault and fault["do"] == "status":
                raise Refusal(fault["status"], fault.get("code", ""), fault.get("headers", ()))
            if fault and fault["do"] == "late":
                self.answer(200, b"<Error><Code>InternalError</Code></Error>")
                return
            pairs = urllib.parse.parse_qsl(query, keep_blank_values=True, strict_parsing=bool(query))
            self.check_signature(path, pairs, body)
            with self.world.lock:
                status, headers, answer = self.act(path, dict(pairs), body)
        except Refusal as refusal:
            words = (f"<?xml version='1.0'?><Error><Code>{refusal.code}</Code><Message>{SECRET}</Message>"
                     f"<AWSAccessKeyId>{ACCESS}</AWSAccessKeyId></Error>")
            self.answer(refusal.status, words.encode() if refusal.code else b"", refusal.headers)
            return
        if fault and fault["do"] == "lost":
            self.note(status)
            self.close_connection = True
            return
        if fault and fault["do"] == "garble":
            answer = bytes(byte ^ 1 for byte in answer)
        self.answer(status, answer, headers, cut=bool(fault and fault["do"] == "truncate"))

    do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = serve

    def note(self, status):
        with self.world.lock:
            self.world.requests.append([self.command, self.path, status])

    def answer(self, status, body=b"", headers=(), cut=False):
        self.note(status)
        self.send_response(status)
        headers = dict(headers)
        headers.setdefault("Content-Length", str(len(body)))
        for name, value in headers.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD" and status != 304:
            self.wfile.write(body[:len(body) // 2] if cut else body)
        if cut:
            self.close_connection = True

    def control(self, path, body):
        world, value = self.world, json.loads(body or b"null")
        with world.lock:
            if path == "/_fake/faults":
                world.faults = value
            elif path == "/_fake/damage":
                world.objects[value["key"]] = value["text"].encode()
            elif path == "/_fake/age":
                for upload in world.uploads.values():
                    upload["at"] -= datetime.timedelta(hours=value["hours"])
            state = {"requests": world.requests, "objects": {key: len(data) for key, data in world.objects.items()},
                     "uploads": [upload["key"] for upload in world.uploads.values()]}
            text = json.dumps(state).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    # -- the signature

    def check_signature(self, path, pairs, body):
        query = dict(pairs)
        presigned = "X-Amz-Signature" in query
        if presigned:
            given = query["X-Amz-Signature"]
            credential, names = query["X-Amz-Credential"], query["X-Amz-SignedHeaders"]
            date, payload = query["X-Amz-Date"], "UNSIGNED-PAYLOAD"
        else:
            found = re.fullmatch(r"AWS4-HMAC-SHA256 Credential=([^,]+), SignedHeaders=([^,]+), Signature=([0-9a-f]{64})",
                                 self.headers.get("Authorization", ""))
            if not found:
                raise Refusal(403, "AccessDenied")
            credential, names, given = found.groups()
            date, payload = self.headers.get("x-amz-date", ""), self.headers.get("x-amz-content-sha256", "")
        access, _, scope = credential.partition("/")
        if access != ACCESS:
            raise Refusal(403, "InvalidAccessKeyId")
        if scope != f"{date[:8]}/{REGION}/s3/aws4_request":
            raise Refusal(400, "AuthorizationHeaderMalformed", {"x-amz-bucket-region": REGION})
        signed = names.split(";")
        must = ["host"] + [name.lower() for name in self.headers if name.lower().startswith("x-amz-")]
        if not presigned and not {"x-amz-date", "x-amz-content-sha256"} <= set(signed):
            raise Refusal(400, "InvalidRequest")
        if signed != sorted(signed) or not set(must) <= set(signed):
            raise Refusal(403, "AccessDenied")
        headers = "".join(f"{name}:{' '.join((self.headers.get(name) or '').split())}\n" for name in signed)
        canonical_query = "&".join(sorted(f"{encode(name)}={encode(value)}" for name, value in pairs
                                          if name != "X-Amz-Signature"))
        canonical = f"{self.command}\n{path}\n{canonical_query}\n{headers}\n{names}\n{payload}"
        if not hmac.compare_digest(given, signature(SECRET, date, scope, canonical)):
            raise Refusal(403, "SignatureDoesNotMatch")
        at = datetime.datetime.strptime(date, "%Y%m%dT%H%M%SZ")
        now = datetime.datetime.utcnow()
        if presigned:
            lifetime = int(query["X-Amz-Expires"])
            if not 1 <= lifetime <= 604800 or not at - SKEW_MAX <= now <= at + datetime.timedelta(seconds=lifetime):
                raise Refusal(403, "AccessDenied")
        elif abs(now - at) > SKEW_MAX:
            raise Refusal(403, "RequestTimeTooSkewed")
        elif payload != "UNSIGNED-PAYLOAD" and payload != hashlib.sha256(body).hexdigest():
            raise Refusal(400, "XAmzContentSHA256Mismatch")

    # -- the bucket

    def act(self, path, query, body):
        """(status, headers, body) of a request whose signature is right."""
        bucket, options = self.world.options.bucket, self.world.options
        host = self.headers["Host"].rpartition(":")[0]
        if host.startswith(bucket + "."):
            name, key = bucket, urllib.parse.unquote(path[1:])
        else:
            name, _, key = urllib.parse.unquote(path[1:]).partition("/")
        if name != bucket:
            raise Refusal(404, "NoSuchBucket")
        if self.headers.get("If-None-Match") and options.no_conditions == "refuse":
            raise Refusal(501, "NotImplemented")
        if not key:
            return self.list_uploads(query)
        if "uploads" in query or "uploadId" in query:
            return self.act_in_parts(key, query, body)
        if self.command == "PUT":
            self.create(key, body)
            return 200, {"ETag": f'"{hashlib.md5(body).hexdigest()}"'}, b""
        if self.command == "DELETE":
            self.world.objects.pop(key, None)
            return 204, {}, b""
        if self.command not in ("GET", "HEAD"):
            raise Refusal(405, "MethodNotAllowed")
        if key not in self.world.objects:
            raise Refusal(404, "NoSuchKey")
        return self.read(self.world.objects[key])

    def create(self, key, body):
        if self.headers.get("If-None-Match") and not self.world.options.no_conditions:
            if self.headers["If-None-Match"] != "*":
                raise Refusal(501, "NotImplemented")
            if key in self.world.objects:
                raise Refusal(412, "PreconditionFailed")
        self.world.objects[key] = body

    def read(self, body):
        wanted = self.headers.get("Range")
        if self.command == "HEAD" or not wanted:
            return 200, {"Content-Length": str(len(body))}, body
        found = re.fullmatch(r"bytes=(\d+)-(\d+)", wanted)
        first, last = int(found[1]), min(int(found[2]), len(body) - 1)
        if first >= len(body):
            raise Refusal(416, "InvalidRange", {"Content-Range": f"bytes */{len(body)}"})
        return 206, {"Content-Range": f"bytes {first}-{last}/{len(body)}"}, body[first:last + 1]

    def list_uploads(self, query):
        if self.command != "GET" or "uploads" not in query:
            raise Refusal(405, "MethodNotAllowed")
        entries = "".join(
            f"<Upload><Key>{escape(upload['key'])}</Key><UploadId>{escape(name)}</UploadId>"
            f"<Initiated>{upload['at'].strftime('%Y-%m-%dT%H:%M:%S.000Z')}</Initiated></Upload>"
            for name, upload in self.world.uploads.items() if upload["key"].startswith(query.get("prefix", "")))
        return 200, {}, f"<ListMultipartUploadsResult>{entries}</ListMultipartUploadsResult>".encode()

    def act_in_parts(self, key, query, body):
        world = self.world
        if self.command == "POST" and "uploads" in query:
            name = f"upload/{world.next_upload}+&="
            world.next_upload += 1
            world.uploads[name] = {"key": key, "parts": {}, "at": datetime.datetime.utcnow()}
            return 200, {}, (f"<InitiateMultipartUploadResult><UploadId>{escape(name)}</UploadId>"
                             "</InitiateMultipartUploadResult>").encode()
        upload = world.uploads.get(query["uploadId"])
        if not upload or upload["key"] != key:
            raise Refusal(404, "NoSuchUpload")
        if self.command == "DELETE":
            del world.uploads[query["uploadId"]]
            return 204, {}, b""
        if self.command == "PUT":
            number = int(query["partNumber"])
            if not 1 <= number <= 10000:
                raise Refusal(400, "InvalidArgument")
            etag = f'"{hashlib.md5(body).hexdigest()}"'
            upload["parts"][number] = (etag, body)
            return 200, {"ETag": etag}, b""
        named = [(int(part.findtext("PartNumber")), part.findtext("ETag"))
                 for part in ElementTree.fromstring(body).iter("Part")]
        parts = upload["parts"]
        if not named or [number for number, _ in named] != sorted({number for number, _ in named}):
            raise Refusal(400, "InvalidPartOrder")
        if any(number not in parts or parts[number][0] != etag for number, etag in named):
            raise Refusal(400, "InvalidPart")
        if any(len(parts[number][1]) < world.options.part_bytes_min for number, _ in named[:-1]):
            raise Refusal(400, "EntityTooSmall")
        self.create(key, b"".join(parts[number][1] for number, _ in named))
        del world.uploads[query["uploadId"]]
        return 200, {}, b"<CompleteMultipartUploadResult></CompleteMultipartUploadResult>"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("bucket")
    parser.add_argument("--part-bytes-min", type=int, default=5 << 20)
    parser.add_argument("--no-conditions", choices=["ignore", "refuse"])
    Handler.world = World(parser.parse_args())
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    print(json.dumps({"port": server.server_address[1]}), flush=True)
    sys.stdin.read()


if __name__ == "__main__":
    main()
