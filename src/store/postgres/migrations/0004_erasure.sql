-- Holds, erasures that are under way, blobs that may have lost their last reference, and how long a campaign's
-- conversations stay. What is held and what is due follows from these rules, not from columns of each conversation.
ALTER TABLE conversations DROP COLUMN retain_until;
ALTER TABLE conversations DROP COLUMN held_at;
ALTER TABLE campaigns ADD COLUMN retain_days bigint;

-- All of a conversation's audits are found by it now, not the current ones alone: they go with it.
DROP INDEX audits_by_conversation;
CREATE INDEX audits_by_conversation ON audits (conversation_id);

CREATE TABLE holds (
    id uuid NOT NULL PRIMARY KEY,
    conversation_id uuid REFERENCES conversations (id),
    customer_key text COLLATE "C",
    reason text COLLATE "C" NOT NULL,
    created_by text COLLATE "C" NOT NULL,
    created_at bigint NOT NULL,
    CHECK ((conversation_id IS NULL) <> (customer_key IS NULL))
);
CREATE UNIQUE INDEX holds_by_conversation ON holds (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE UNIQUE INDEX holds_by_customer ON holds (customer_key) WHERE customer_key IS NOT NULL;

-- Erasures of a customer that are not finished: the row goes with the last conversation.
CREATE TABLE erasures (
    id uuid NOT NULL PRIMARY KEY,
    customer_key text COLLATE "C" NOT NULL UNIQUE,
    requested_by text COLLATE "C" NOT NULL,
    requested_at bigint NOT NULL
);

-- Audio that an event names (an upload), before and after a recording does: a reference of its own.
CREATE TABLE event_blobs (
    conversation_id uuid NOT NULL REFERENCES conversations (id),
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (conversation_id, sha256)
);
CREATE INDEX event_blobs_by_content ON event_blobs (sha256);

-- Blobs to look at from check_at on: removed when nothing refers to them. 'removing': decided, and nobody may begin to
-- refer to it until the row is gone.
CREATE TABLE blob_checks (
    sha256 bytea NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    state text COLLATE "C" NOT NULL,
    check_at bigint NOT NULL
);
CREATE INDEX blob_checks_by_time ON blob_checks (check_at);
-- Who is about to refer to a blob: its bytes may lie there already, its row does not yet.
CREATE TABLE blob_claims (
    sha256 bytea NOT NULL CHECK (length(sha256) = 32),
    owner uuid NOT NULL,
    until_at bigint NOT NULL,
    PRIMARY KEY (sha256, owner)
);
