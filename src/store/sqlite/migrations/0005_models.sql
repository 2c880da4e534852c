-- What a language model answered about conversations, what it used on each day, and what people asked it; and from
-- which score on a campaign's conversation is approved.
CREATE TABLE model_answers (
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    input_sha256 BLOB NOT NULL CHECK (length(input_sha256) = 32),   -- of everything that decides about the answers
    state TEXT NOT NULL,
    reason TEXT,
    scorecard_id TEXT NOT NULL,
    scorecard_version INTEGER NOT NULL,
    model TEXT NOT NULL,
    prompt_version TEXT NOT NULL,
    size_bytes INTEGER,
    body BLOB,   -- canonical JSON, compressed; null until it is answered
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, input_sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX model_answers_by_state ON model_answers (state) WHERE state <> 'answered';

CREATE TABLE model_spending (
    day TEXT NOT NULL,
    model TEXT NOT NULL,
    calls INTEGER NOT NULL,
    calls_failed INTEGER NOT NULL,
    calls_unpriced INTEGER NOT NULL,
    prompt_tokens INTEGER NOT NULL,
    cached_tokens INTEGER NOT NULL,
    completion_tokens INTEGER NOT NULL,
    cost_micros INTEGER NOT NULL,
    put_off INTEGER NOT NULL,
    PRIMARY KEY (day, model)
) STRICT, WITHOUT ROWID;

CREATE TABLE model_chats (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    asked_by TEXT NOT NULL,
    size_bytes INTEGER NOT NULL,
    body BLOB NOT NULL,
    asked_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX model_chats_by_conversation ON model_chats (conversation_id, asked_at);

ALTER TABLE campaigns ADD COLUMN approval_score INTEGER;
