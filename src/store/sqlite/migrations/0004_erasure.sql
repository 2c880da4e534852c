-- Holds, erasures that are under way, blobs that may have lost their last reference, and how long a campaign's
-- conversations stay. What is held and what is due follows from these rules, not from columns of each conversation.
ALTER TABLE conversations DROP COLUMN retain_until;
ALTER TABLE conversations DROP COLUMN held_at;
ALTER TABLE campaigns ADD COLUMN retain_days INTEGER;

-- All of a conversation's audits are found by it now, not the current ones alone: they go with it.
DROP INDEX audits_by_conversation;
CREATE INDEX audits_by_conversation ON audits (conversation_id);

CREATE TABLE holds (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    conversation_id BLOB REFERENCES conversations (id),
    customer_key TEXT,
    reason TEXT NOT NULL,
    created_by TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    CHECK ((conversation_id IS NULL) <> (customer_key IS NULL))
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX holds_by_conversation ON holds (conversation_id) WHERE conversation_id IS NOT NULL;
CREATE UNIQUE INDEX holds_by_customer ON holds (customer_key) WHERE customer_key IS NOT NULL;

-- Erasures of a customer that are not finished: the row goes with the last conversation.
CREATE TABLE erasures (
    id BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    customer_key TEXT NOT NULL UNIQUE,
    requested_by TEXT NOT NULL,
    requested_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Audio that an event names (an upload), before and after a recording does: a reference of its own.
CREATE TABLE event_blobs (
    conversation_id BLOB NOT NULL REFERENCES conversations (id),
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    PRIMARY KEY (conversation_id, sha256)
) STRICT, WITHOUT ROWID;
CREATE INDEX event_blobs_by_content ON event_blobs (sha256);

-- Blobs to look at from check_at on: removed when nothing refers to them. 'removing': decided, and nobody may begin to
-- refer to it until the row is gone.
CREATE TABLE blob_checks (
    sha256 BLOB NOT NULL PRIMARY KEY CHECK (length(sha256) = 32),
    state TEXT NOT NULL,
    check_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX blob_checks_by_time ON blob_checks (check_at);
-- Who is about to refer to a blob: its bytes may lie there already, its row does not yet.
CREATE TABLE blob_claims (
    sha256 BLOB NOT NULL CHECK (length(sha256) = 32),
    owner BLOB NOT NULL CHECK (length(owner) = 16),
    until_at INTEGER NOT NULL,
    PRIMARY KEY (sha256, owner)
) STRICT, WITHOUT ROWID;
