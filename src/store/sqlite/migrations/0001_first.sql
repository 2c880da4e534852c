-- The first schema. Ids are 16-byte UUIDv7 BLOBs, times microseconds since the epoch in UTC, hashes 32-byte BLOBs,
-- enumerations their text. Compressed columns start with a byte that tells their format (1: zstd).

CREATE TABLE conversations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    channel TEXT NOT NULL,
    external_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    direction TEXT NOT NULL,
    outcome TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    started_at INTEGER,
    ended_at INTEGER,
    listed_at INTEGER NOT NULL,               -- started_at, else created_at: the order of lists
    day TEXT,
    duration_s INTEGER,
    address_from TEXT,
    address_to TEXT,
    customer_key TEXT,
    campaign_id TEXT,                         -- no foreign key: the past keeps what it was mapped to
    campaign_state TEXT NOT NULL,
    campaign_wanted TEXT,
    details_json TEXT,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    retain_until INTEGER,                     -- retention; null: the installation's rule
    held_at INTEGER,                          -- a hold wins over retention and erasure
    UNIQUE (source, account, external_id, channel)
) STRICT, WITHOUT ROWID;
CREATE INDEX conversations_by_listing ON conversations (listed_at, id);
-- Open ones are the newest: the inbox does not pay for an index of them.
CREATE INDEX conversations_by_state ON conversations (state, listed_at) WHERE state <> 'open';
CREATE INDEX conversations_by_day ON conversations (day, listed_at) WHERE day IS NOT NULL;
CREATE INDEX conversations_by_campaign ON conversations (campaign_id, listed_at) WHERE campaign_id IS NOT NULL;
CREATE INDEX conversations_by_customer ON conversations (customer_key) WHERE customer_key IS NOT NULL;

-- An event's identity is (source, account, external_id, kind, body_sha256). A call's events carry the external id of
-- their conversation, whose key holds the first three already: their index is by conversation, so that the newest lie
-- together, and an insert does not change a page somewhere in the middle. A chat's messages have ids of their own.
CREATE TABLE events (
    sequence INTEGER PRIMARY KEY,
    id BLOB NOT NULL CHECK (length(id) = 16),
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    external_id TEXT NOT NULL,
    has_own_id INTEGER NOT NULL CHECK (has_own_id IN (0, 1)),  -- external_id is not the conversation's
    kind TEXT NOT NULL,
    body_sha256 BLOB NOT NULL CHECK (length(body_sha256) = 32),
    received_at INTEGER NOT NULL,
    content_type TEXT NOT NULL,
    normalised TEXT NOT NULL,
    raw BLOB,                                 -- null once it has expired; the row stays as the key
    UNIQUE (conversation_id, external_id, kind, body_sha256)
) STRICT;
CREATE UNIQUE INDEX events_with_own_id ON events (source, account, external_id, kind, body_sha256)
    WHERE has_own_id = 1;
CREATE INDEX events_with_raw ON events (received_at) WHERE raw IS NOT NULL;

CREATE TABLE participations (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    leg TEXT NOT NULL,
    position INTEGER NOT NULL,
    agent_id TEXT,
    agent_state TEXT NOT NULL,
    agent_wanted TEXT,
    agent_name TEXT,
    from_at INTEGER,
    to_at INTEGER,
    UNIQUE (conversation_id, leg)
) STRICT, WITHOUT ROWID;
CREATE INDEX participations_by_agent ON participations (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE recordings (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    external_id TEXT NOT NULL,
    position INTEGER NOT NULL,
    candidate_urls_json TEXT NOT NULL,
    state TEXT NOT NULL,
    reason TEXT,
    sha256 BLOB CHECK (length(sha256) = 32),
    media_type TEXT,
    size_bytes INTEGER,
    duration_ms INTEGER,
    channels INTEGER,
    analysis_json TEXT,
    created_at INTEGER NOT NULL,
    stored_at INTEGER,
    UNIQUE (conversation_id, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX recordings_by_content ON recordings (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE transcripts (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    body BLOB NOT NULL,                       -- compressed canonical JSON
    size_bytes INTEGER NOT NULL               -- of the JSON
) STRICT;
CREATE TABLE conversation_transcripts (
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    sha256 BLOB NOT NULL REFERENCES transcripts (sha256),
    origin TEXT NOT NULL,
    quality_note TEXT,
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    created_at INTEGER NOT NULL,
    PRIMARY KEY (conversation_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX conversation_transcripts_current ON conversation_transcripts (conversation_id) WHERE is_current = 1;
CREATE INDEX conversation_transcripts_by_content ON conversation_transcripts (sha256);

CREATE TABLE audits (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    participation_id BLOB NOT NULL REFERENCES participations (id),
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    scorecard_id TEXT NOT NULL,
    scorecard_version INTEGER NOT NULL,
    input_sha256 BLOB NOT NULL CHECK (length(input_sha256) = 32),
    is_current INTEGER NOT NULL CHECK (is_current IN (0, 1)),
    auditable INTEGER NOT NULL CHECK (auditable IN (0, 1)),
    reason TEXT,
    quality_score INTEGER,
    quality_category TEXT,
    needs_review INTEGER NOT NULL CHECK (needs_review IN (0, 1)),
    body BLOB NOT NULL,                       -- compressed JSON of the whole audit
    size_bytes INTEGER NOT NULL,              -- of the JSON
    created_at INTEGER NOT NULL,
    UNIQUE (participation_id, scorecard_id, scorecard_version, input_sha256)
) STRICT;
CREATE UNIQUE INDEX audits_current ON audits (participation_id, scorecard_id) WHERE is_current = 1;
CREATE INDEX audits_by_conversation ON audits (conversation_id) WHERE is_current = 1;

CREATE TABLE jobs (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    state TEXT NOT NULL,
    priority INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    queued_at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,                -- counted ones, the running one included
    lease INTEGER NOT NULL,                   -- number of the newest lease
    lease_until INTEGER,
    again_priority INTEGER,                   -- queued again while it ran: how, and from when
    again_run_at INTEGER,
    finished_at INTEGER,
    error_code TEXT,
    error_message TEXT,
    UNIQUE (kind, key)
) STRICT, WITHOUT ROWID;
CREATE INDEX jobs_waiting ON jobs (kind, priority, run_at) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_set_aside ON jobs (state, id) WHERE state = 'dead' OR state = 'skipped' OR state = 'discarded';

CREATE TABLE paused_kinds (
    kind TEXT NOT NULL PRIMARY KEY,
    paused_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE campaigns (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    language TEXT,
    time_zone TEXT,
    speech_engine TEXT,
    agent_channel INTEGER
) STRICT, WITHOUT ROWID;

CREATE TABLE agents (
    id TEXT NOT NULL PRIMARY KEY,
    name TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE mappings (
    target TEXT NOT NULL,
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    kind TEXT NOT NULL,
    value_folded TEXT NOT NULL,
    value TEXT NOT NULL,
    campaign_id TEXT REFERENCES campaigns (id),
    agent_id TEXT REFERENCES agents (id),
    PRIMARY KEY (target, source, account, kind, value_folded),
    CHECK ((target = 'campaign') = (campaign_id IS NOT NULL) AND (target = 'agent') = (agent_id IS NOT NULL))
) STRICT, WITHOUT ROWID;
CREATE INDEX mappings_by_campaign ON mappings (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX mappings_by_agent ON mappings (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE scorecards (
    id TEXT NOT NULL,
    version INTEGER NOT NULL,
    language TEXT NOT NULL,
    toml TEXT NOT NULL,
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    published_at INTEGER NOT NULL,
    PRIMARY KEY (id, version)
) STRICT, WITHOUT ROWID;

CREATE TABLE bindings (
    campaign TEXT,                            -- null matches everything, here and below
    channel TEXT,
    language TEXT,
    from_at INTEGER NOT NULL,
    scorecard_id TEXT NOT NULL,
    version INTEGER                           -- null: the newest
) STRICT;
CREATE UNIQUE INDEX bindings_by_match
    ON bindings (coalesce(campaign, ''), coalesce(channel, ''), coalesce(language, ''), from_at);

CREATE TABLE keys (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name TEXT NOT NULL,
    prefix TEXT NOT NULL,
    key_sha256 BLOB NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
    scopes_json TEXT NOT NULL,
    campaigns_json TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX keys_in_force ON keys (name) WHERE revoked_at IS NULL;

CREATE TABLE key_uses (
    key_id BLOB NOT NULL REFERENCES keys (id),
    day TEXT NOT NULL,
    uses INTEGER NOT NULL,
    PRIMARY KEY (key_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE sessions (
    token_sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    key_id BLOB NOT NULL REFERENCES keys (id),
    one_use INTEGER NOT NULL CHECK (one_use IN (0, 1)),
    expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE access_log (
    sequence INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    key_id BLOB,
    action TEXT NOT NULL,
    subject TEXT NOT NULL,
    address TEXT NOT NULL,
    status INTEGER NOT NULL
) STRICT;
CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
BEGIN
    SELECT RAISE(ABORT, 'the access log is append-only');
END;
CREATE TRIGGER access_log_is_not_deleted BEFORE DELETE ON access_log
BEGIN
    SELECT RAISE(ABORT, 'the access log is append-only');
END;

-- What was erased, as keyed hashes of identities: an overlapping pull or a restore does not bring it back.
CREATE TABLE tombstones (
    kind TEXT NOT NULL,
    identity_hash BLOB NOT NULL,
    erased_at INTEGER NOT NULL,
    PRIMARY KEY (kind, identity_hash)
) STRICT, WITHOUT ROWID;
