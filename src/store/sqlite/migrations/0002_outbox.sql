-- What still has to go out, to where, and what each of those places holds.

CREATE TABLE sinks (
    name TEXT NOT NULL PRIMARY KEY,
    kind TEXT NOT NULL,
    fingerprint TEXT NOT NULL,                -- of the settings that shape its rows: another one delivers everything again
    since_at INTEGER NOT NULL,
    forgotten_at INTEGER,                     -- by an operator: changes are not noted for it any more
    paused_at INTEGER,
    backfill_after BLOB,                      -- what was there before it: up to this conversation it is noted; null: all
    lease INTEGER NOT NULL,                   -- number of the newest lease: one process delivers at a time
    lease_until INTEGER,
    failures INTEGER NOT NULL,                -- in a row
    next_at INTEGER,                          -- not before, after a failure
    error_code TEXT,
    error_message TEXT,
    delivered_at INTEGER,
    delivered_rows INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- One row: this conversation is to be looked at for that sink. Written with the change that it tells of, gone once
-- that change is delivered. No foreign keys: an erased conversation waits here for its removal.
CREATE TABLE outbox (
    sink TEXT NOT NULL,
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    revision INTEGER NOT NULL,                -- counts changes: a later one is not taken for delivered
    noted_at INTEGER NOT NULL,                -- since when it waits
    again INTEGER NOT NULL CHECK (again IN (0, 1)),  -- also what is delivered already
    state TEXT NOT NULL,
    error_code TEXT,
    error_message TEXT,
    PRIMARY KEY (sink, conversation_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX outbox_by_state ON outbox (sink, state, noted_at);
CREATE INDEX outbox_by_conversation ON outbox (conversation_id);

CREATE TABLE deliveries (
    sink TEXT NOT NULL,
    table_name TEXT NOT NULL,
    row_key TEXT NOT NULL,
    conversation_id BLOB NOT NULL CHECK (length(conversation_id) = 16),
    days TEXT NOT NULL,                       -- where it may lie, apart by spaces; one, but while it moves
    sha256 BLOB CHECK (length(sha256) = 32),  -- of the row; null: it is under way
    PRIMARY KEY (sink, table_name, row_key)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_by_conversation ON deliveries (conversation_id, sink);
