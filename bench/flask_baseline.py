"""What a user would write for the webhook figure: Flask, one key, one SQLite commit per event.

    OIDOR_BENCH_STORE=events.db OIDOR_BENCH_KEY=… waitress-serve --listen 127.0.0.1:PORT flask_baseline:app

WAL and synchronous=FULL, as oidor has them; the event is kept once by its key. No conversation, no job: less work
than oidor does before it answers.
"""
import hashlib
import hmac
import os
import sqlite3
import threading
import time

from flask import Flask, jsonify, request

STORE = os.environ["OIDOR_BENCH_STORE"]
KEY_SHA256 = hashlib.sha256(os.environ["OIDOR_BENCH_KEY"].encode()).hexdigest()

app = Flask(__name__)
local = threading.local()


def open_store():
    store = sqlite3.connect(STORE, timeout=30, isolation_level=None)
    store.execute("PRAGMA journal_mode = WAL")
    store.execute("PRAGMA synchronous = FULL")
    store.execute("CREATE TABLE IF NOT EXISTS events (id INTEGER PRIMARY KEY, external_id TEXT NOT NULL, kind TEXT "
                  "NOT NULL, body_sha256 BLOB NOT NULL, received_at REAL NOT NULL, raw BLOB NOT NULL, "
                  "UNIQUE (external_id, kind, body_sha256))")
    return store


def store_of_thread():
    if not hasattr(local, "store"):
        local.store = open_store()
    return local.store


open_store().close()


@app.get("/healthz")
def health():
    return jsonify(status="ok")


@app.post("/webhook/anura")
def webhook():
    key = request.headers.get("X-API-Key", "")
    if not hmac.compare_digest(hashlib.sha256(key.encode()).hexdigest(), KEY_SHA256):
        return jsonify(detail="Invalid API Key"), 403
    raw = request.get_data()
    event = request.get_json()
    if not event.get("cdrid"):
        return jsonify(detail="cdrid: missing"), 422
    store_of_thread().execute(
        "INSERT INTO events (external_id, kind, body_sha256, received_at, raw) VALUES (?, ?, ?, ?, ?) "
        "ON CONFLICT DO NOTHING",
        (event["cdrid"], event["hooktrigger"], hashlib.sha256(raw).digest(), time.time(), raw))
    return jsonify(success=True, call_id=event["cdrid"])
