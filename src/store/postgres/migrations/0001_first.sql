-- The first schema, the same as SQLite's but for what postgres/parity_test.cpp lists. Ids are UUIDv7, times microseconds
-- since the epoch in UTC (bigint: exact, and the same number in both databases), hashes 32-byte bytea, enumerations their
-- text. Texts sort by their bytes, whatever the locale of the server. Compressed columns start with a byte that tells
-- their format (1: zstd).

CREATE TABLE conversations (
    id uuid NOT NULL PRIMARY KEY,
    source text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    channel text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    direction text COLLATE "C" NOT NULL,
    outcome text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    started_at bigint,
    ended_at bigint,
    listed_at bigint NOT NULL,               -- started_at, else created_at: the order of lists
    day text COLLATE "C",
    duration_s bigint,
    address_from text COLLATE "C",
    address_to text COLLATE "C",
    customer_key text COLLATE "C",
    campaign_id text COLLATE "C",                         -- no foreign key: the past keeps what it was mapped to
    campaign_state text COLLATE "C" NOT NULL,
    campaign_wanted text COLLATE "C",
    details_json text COLLATE "C",
    created_at bigint NOT NULL,
    updated_at bigint NOT NULL,
    retain_until bigint,                     -- retention; null: the installation's rule
    held_at bigint,                          -- a hold wins over retention and erasure
    UNIQUE (source, account, external_id, channel)
);
CREATE INDEX conversations_by_listing ON conversations (listed_at, id);
-- Open ones are the newest: the inbox does not pay for an index of them.
CREATE INDEX conversations_by_state ON conversations (state, listed_at) WHERE state <> 'open';
CREATE INDEX conversations_by_day ON conversations (day, listed_at) WHERE day IS NOT NULL;
CREATE INDEX conversations_by_campaign ON conversations (campaign_id, listed_at) WHERE campaign_id IS NOT NULL;
CREATE INDEX conversations_by_customer ON conversations (customer_key) WHERE customer_key IS NOT NULL;

-- An event's identity is (source, account, external_id, kind, body_sha256), held by one constraint: several connections
-- write at once. has_own_id: a chat's messages have ids of their own, a call's events carry that of their conversation.
CREATE TABLE events (
    sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id uuid NOT NULL,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    source text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    has_own_id smallint NOT NULL CHECK (has_own_id IN (0, 1)),  -- external_id is not the conversation's
    kind text COLLATE "C" NOT NULL,
    body_sha256 bytea NOT NULL CHECK (length(body_sha256) = 32),
    received_at bigint NOT NULL,
    content_type text COLLATE "C" NOT NULL,
    normalised text COLLATE "C" NOT NULL,
    raw bytea,                                 -- null once it has expired; the row stays as the key
    UNIQUE (source, account, external_id, kind, body_sha256)
);
CREATE INDEX events_by_conversation ON events (conversation_id, sequence);
CREATE INDEX events_with_raw ON events (received_at) WHERE raw IS NOT NULL;

CREATE TABLE participations (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    leg text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    agent_id text COLLATE "C",
    agent_state text COLLATE "C" NOT NULL,
    agent_wanted text COLLATE "C",
    agent_name text COLLATE "C",
    from_at bigint,
    to_at bigint,
    UNIQUE (conversation_id, leg)
);
CREATE INDEX participations_by_agent ON participations (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE recordings (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    external_id text COLLATE "C" NOT NULL,
    position bigint NOT NULL,
    candidate_urls_json text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    reason text COLLATE "C",
    sha256 bytea CHECK (length(sha256) = 32),
    media_type text COLLATE "C",
    size_bytes bigint,
    duration_ms bigint,
    channels bigint,
    analysis_json text COLLATE "C",
    created_at bigint NOT NULL,
    stored_at bigint,
    UNIQUE (conversation_id, external_id)
);
CREATE INDEX recordings_by_content ON recordings (sha256) WHERE sha256 IS NOT NULL;

CREATE TABLE transcripts (
    sha256 bytea NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    body bytea NOT NULL,                       -- compressed canonical JSON
    size_bytes bigint NOT NULL               -- of the JSON
);
CREATE TABLE conversation_transcripts (
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    sha256 bytea NOT NULL REFERENCES transcripts (sha256),
    origin text COLLATE "C" NOT NULL,
    quality_note text COLLATE "C",
    is_current smallint NOT NULL CHECK (is_current IN (0, 1)),
    created_at bigint NOT NULL,
    PRIMARY KEY (conversation_id, sha256)
);
CREATE UNIQUE INDEX conversation_transcripts_current ON conversation_transcripts (conversation_id) WHERE is_current = 1;
CREATE INDEX conversation_transcripts_by_content ON conversation_transcripts (sha256);

CREATE TABLE audits (
    id uuid NOT NULL PRIMARY KEY,
    participation_id uuid NOT NULL REFERENCES participations (id),
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    scorecard_id text COLLATE "C" NOT NULL,
    scorecard_version bigint NOT NULL,
    input_sha256 bytea NOT NULL CHECK (length(input_sha256) = 32),
    is_current smallint NOT NULL CHECK (is_current IN (0, 1)),
    auditable smallint NOT NULL CHECK (auditable IN (0, 1)),
    reason text COLLATE "C",
    quality_score bigint,
    quality_category text COLLATE "C",
    needs_review smallint NOT NULL CHECK (needs_review IN (0, 1)),
    body bytea NOT NULL,                       -- compressed JSON of the whole audit
    size_bytes bigint NOT NULL,              -- of the JSON
    created_at bigint NOT NULL,
    UNIQUE (participation_id, scorecard_id, scorecard_version, input_sha256)
);
CREATE UNIQUE INDEX audits_current ON audits (participation_id, scorecard_id) WHERE is_current = 1;
CREATE INDEX audits_by_conversation ON audits (conversation_id) WHERE is_current = 1;

CREATE TABLE jobs (
    id uuid NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    key text COLLATE "C" NOT NULL,
    state text COLLATE "C" NOT NULL,
    priority bigint NOT NULL,
    run_at bigint NOT NULL,
    queued_at bigint NOT NULL,
    attempts bigint NOT NULL,                -- counted ones, the running one included
    lease bigint NOT NULL,                   -- number of the newest lease
    lease_until bigint,
    again_priority bigint,                   -- queued again while it ran: how, and from when
    again_run_at bigint,
    finished_at bigint,
    error_code text COLLATE "C",
    error_message text COLLATE "C",
    UNIQUE (kind, key)
);
CREATE INDEX jobs_waiting ON jobs (kind, priority DESC, run_at, id) WHERE state = 'queued';
CREATE INDEX jobs_running ON jobs (lease_until) WHERE state = 'running';
CREATE INDEX jobs_set_aside ON jobs (state, id) WHERE state = 'dead' OR state = 'skipped' OR state = 'discarded';

CREATE TABLE paused_kinds (
    kind text COLLATE "C" NOT NULL PRIMARY KEY,
    paused_at bigint NOT NULL
);

CREATE TABLE campaigns (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    language text COLLATE "C",
    time_zone text COLLATE "C",
    speech_engine text COLLATE "C",
    agent_channel bigint
);

CREATE TABLE agents (
    id text COLLATE "C" NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL
);

CREATE TABLE mappings (
    target text COLLATE "C" NOT NULL,
    source text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    kind text COLLATE "C" NOT NULL,
    value_folded text COLLATE "C" NOT NULL,
    value text COLLATE "C" NOT NULL,
    campaign_id text COLLATE "C" REFERENCES campaigns (id),
    agent_id text COLLATE "C" REFERENCES agents (id),
    PRIMARY KEY (target, source, account, kind, value_folded),
    CHECK ((target = 'campaign') = (campaign_id IS NOT NULL) AND (target = 'agent') = (agent_id IS NOT NULL))
);
CREATE INDEX mappings_by_campaign ON mappings (campaign_id) WHERE campaign_id IS NOT NULL;
CREATE INDEX mappings_by_agent ON mappings (agent_id) WHERE agent_id IS NOT NULL;

CREATE TABLE scorecards (
    id text COLLATE "C" NOT NULL,
    version bigint NOT NULL,
    language text COLLATE "C" NOT NULL,
    toml text COLLATE "C" NOT NULL,
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    published_at bigint NOT NULL,
    PRIMARY KEY (id, version)
);

CREATE TABLE bindings (
    campaign text COLLATE "C",                            -- null matches everything, here and below
    channel text COLLATE "C",
    language text COLLATE "C",
    from_at bigint NOT NULL,
    scorecard_id text COLLATE "C" NOT NULL,
    version bigint                           -- null: the newest
);
CREATE UNIQUE INDEX bindings_by_match
    ON bindings (coalesce(campaign, ''), coalesce(channel, ''), coalesce(language, ''), from_at);

CREATE TABLE keys (
    id uuid NOT NULL PRIMARY KEY,
    name text COLLATE "C" NOT NULL,
    prefix text COLLATE "C" NOT NULL,
    key_sha256 bytea NOT NULL UNIQUE CHECK (length(key_sha256) = 32),
    scopes_json text COLLATE "C" NOT NULL,
    campaigns_json text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    revoked_at bigint
);
CREATE UNIQUE INDEX keys_in_force ON keys (name) WHERE revoked_at IS NULL;

CREATE TABLE key_uses (
    key_id uuid NOT NULL REFERENCES keys (id),
    day text COLLATE "C" NOT NULL,
    uses bigint NOT NULL,
    PRIMARY KEY (key_id, day)
);

CREATE TABLE sessions (
    token_sha256 bytea NOT NULL PRIMARY KEY CHECK (length(token_sha256) = 32),
    key_id uuid NOT NULL REFERENCES keys (id),
    one_use smallint NOT NULL CHECK (one_use IN (0, 1)),
    expires_at bigint NOT NULL
);
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE access_log (
    sequence bigint NOT NULL GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at bigint NOT NULL,
    key_id uuid,
    action text COLLATE "C" NOT NULL,
    subject text COLLATE "C" NOT NULL,
    address text COLLATE "C" NOT NULL,
    status bigint NOT NULL
);
CREATE FUNCTION refuse_to_change_the_access_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the access log is append-only' USING ERRCODE = 'restrict_violation';
END
$$;
CREATE TRIGGER access_log_is_not_changed BEFORE UPDATE ON access_log
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_access_log();
CREATE TRIGGER access_log_is_not_deleted BEFORE DELETE ON access_log
    FOR EACH ROW EXECUTE FUNCTION refuse_to_change_the_access_log();
CREATE TRIGGER access_log_is_not_emptied BEFORE TRUNCATE ON access_log
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_to_change_the_access_log();

-- What was erased, as keyed hashes of identities: an overlapping pull or a restore does not bring it back.
CREATE TABLE tombstones (
    kind text COLLATE "C" NOT NULL,
    identity_hash bytea NOT NULL,
    erased_at bigint NOT NULL,
    PRIMARY KEY (kind, identity_hash)
);
