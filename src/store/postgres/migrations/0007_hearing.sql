-- What speech engines answered, so that nothing is paid for twice; a line for each call of one, for the money; and how
-- hearing ended for each conversation.
CREATE TABLE speech_replies (
    request_sha256 bytea NOT NULL PRIMARY KEY CHECK (length(request_sha256) = 32),   -- of everything that decides about it
    audio_sha256 bytea NOT NULL CHECK (length(audio_sha256) = 32),   -- it stays as long as a recording has this audio
    engine text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL,
    body bytea NOT NULL,   -- JSON, compressed
    created_at bigint NOT NULL
);
CREATE INDEX speech_replies_by_audio ON speech_replies (audio_sha256);

-- An erased conversation leaves its lines without what names it: what was spent stays.
CREATE TABLE speech_calls (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid REFERENCES conversations (id),
    request_sha256 bytea CHECK (length(request_sha256) = 32),
    source text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C",
    engine text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    day text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    audio_ms bigint NOT NULL,
    sent_ms bigint NOT NULL,
    billed_ms bigint NOT NULL,
    cost_micros bigint,   -- null: nobody said what the engine costs
    currency text COLLATE "C" NOT NULL,
    error_code text COLLATE "C",
    started_at bigint NOT NULL,
    ended_at bigint
);
CREATE INDEX speech_calls_by_conversation ON speech_calls (conversation_id) WHERE conversation_id IS NOT NULL;
-- One call for a reply at a time, whoever asks.
CREATE UNIQUE INDEX speech_calls_open ON speech_calls (request_sha256) WHERE state = 'open';
CREATE INDEX speech_calls_by_day ON speech_calls (day);
CREATE INDEX speech_calls_by_start ON speech_calls (started_at);

CREATE TABLE hearings (
    conversation_id uuid NOT NULL PRIMARY KEY REFERENCES conversations (id),
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    engine text COLLATE "C",
    wanted_engine text COLLATE "C",
    not_before bigint,
    recordings bigint NOT NULL,   -- that were heard: with another one it is heard again
    updated_at bigint NOT NULL
);
CREATE INDEX hearings_by_state ON hearings (state) WHERE state <> 'heard';
