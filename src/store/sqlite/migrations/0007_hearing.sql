-- What speech engines answered, so that nothing is paid for twice; a line for each call of one, for the money; and how
-- hearing ended for each conversation.
CREATE TABLE speech_replies (
    request_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(request_sha256) = 32),   -- of everything that decides about it
    audio_sha256 BLOB NOT NULL CHECK (length(audio_sha256) = 32),   -- it stays as long as a recording has this audio
    engine TEXT NOT NULL,
    model TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    body BLOB NOT NULL,   -- JSON, compressed
    created_at INTEGER NOT NULL
) STRICT;
CREATE INDEX speech_replies_by_audio ON speech_replies (audio_sha256);

-- An erased conversation leaves its lines without what names it: what was spent stays.
CREATE TABLE speech_calls (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB REFERENCES conversations (id),
    request_sha256 BLOB CHECK (length(request_sha256) = 32),
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    campaign_id TEXT,
    engine TEXT NOT NULL,
    model TEXT NOT NULL,
    day TEXT NOT NULL,
    state TEXT NOT NULL,
    audio_ms INTEGER NOT NULL,
    sent_ms INTEGER NOT NULL,
    billed_ms INTEGER NOT NULL,
    cost_micros INTEGER,   -- null: nobody said what the engine costs
    currency TEXT NOT NULL,
    error_code TEXT,
    started_at INTEGER NOT NULL,
    ended_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX speech_calls_by_conversation ON speech_calls (conversation_id) WHERE conversation_id IS NOT NULL;
-- One call for a reply at a time, whoever asks.
CREATE UNIQUE INDEX speech_calls_open ON speech_calls (request_sha256) WHERE state = 'open';
CREATE INDEX speech_calls_by_day ON speech_calls (day);
CREATE INDEX speech_calls_by_start ON speech_calls (started_at);

CREATE TABLE hearings (
    conversation_id BLOB NOT NULL PRIMARY KEY REFERENCES conversations (id),
    state TEXT NOT NULL,
    reason TEXT,
    engine TEXT,
    wanted_engine TEXT,
    not_before INTEGER,
    recordings INTEGER NOT NULL,   -- that were heard: with another one it is heard again
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX hearings_by_state ON hearings (state) WHERE state <> 'heard';
