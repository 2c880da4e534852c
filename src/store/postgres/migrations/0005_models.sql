-- What a language model answered about conversations, what it used on each day, and what people asked it; and from
-- which score on a campaign's conversation is approved.
CREATE TABLE model_answers (
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    input_sha256 bytea NOT NULL CHECK (length(input_sha256) = 32),   -- of everything that decides about the answers
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    scorecard_id text COLLATE "C" NOT NULL,
    scorecard_version bigint NOT NULL,
    model text COLLATE "C" NOT NULL,
    prompt_version text COLLATE "C" NOT NULL,
    size_bytes bigint,
    body bytea,   -- canonical JSON, compressed; null until it is answered
    updated_at bigint NOT NULL,
    PRIMARY KEY (conversation_id, input_sha256)
);
CREATE INDEX model_answers_by_state ON model_answers (state) WHERE state <> 'answered';

CREATE TABLE model_spending (
    day text COLLATE "C" NOT NULL,
    model text COLLATE "C" NOT NULL,
    calls bigint NOT NULL,
    calls_failed bigint NOT NULL,
    calls_unpriced bigint NOT NULL,
    prompt_tokens bigint NOT NULL,
    cached_tokens bigint NOT NULL,
    completion_tokens bigint NOT NULL,
    cost_micros bigint NOT NULL,
    put_off bigint NOT NULL,
    PRIMARY KEY (day, model)
);

CREATE TABLE model_chats (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    asked_by text COLLATE "C" NOT NULL,
    size_bytes bigint NOT NULL,
    body bytea NOT NULL,
    asked_at bigint NOT NULL
);
CREATE INDEX model_chats_by_conversation ON model_chats (conversation_id, asked_at);

ALTER TABLE campaigns ADD COLUMN approval_score bigint;
