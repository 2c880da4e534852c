-- What still has to go out, to where, and what each of those places holds.

CREATE TABLE sinks (
    name text COLLATE "C" NOT NULL PRIMARY KEY,
    kind text COLLATE "C" NOT NULL,
    fingerprint text COLLATE "C" NOT NULL,                -- of the settings that shape its rows: another one delivers everything again
    since_at bigint NOT NULL,
    forgotten_at bigint,                     -- by an operator: changes are not noted for it any more
    paused_at bigint,
    backfill_after uuid,                      -- what was there before it: up to this conversation it is noted; null: all
    lease bigint NOT NULL,                   -- number of the newest lease: one process delivers at a time
    lease_until bigint,
    failures bigint NOT NULL,                -- in a row
    next_at bigint,                          -- not before, after a failure
    error_code text COLLATE "C",
    error_message text COLLATE "C",
    delivered_at bigint,
    delivered_rows bigint NOT NULL
);

-- One row: this conversation is to be looked at for that sink. Written with the change that it tells of, gone once
-- that change is delivered. No foreign keys: an erased conversation waits here for its removal.
CREATE TABLE outbox (
    sink text COLLATE "C" NOT NULL,
    conversation_id uuid NOT NULL,
    revision bigint NOT NULL,                -- counts changes: a later one is not taken for delivered
    noted_at bigint NOT NULL,                -- since when it waits
    again smallint NOT NULL CHECK (again IN (0, 1)),  -- also what is delivered already
    state text COLLATE "C" NOT NULL,
    error_code text COLLATE "C",
    error_message text COLLATE "C",
    PRIMARY KEY (sink, conversation_id)
);
CREATE INDEX outbox_by_state ON outbox (sink, state, noted_at);
CREATE INDEX outbox_by_conversation ON outbox (conversation_id);

CREATE TABLE deliveries (
    sink text COLLATE "C" NOT NULL,
    table_name text COLLATE "C" NOT NULL,
    row_key text COLLATE "C" NOT NULL,
    conversation_id uuid NOT NULL,
    days text COLLATE "C" NOT NULL,                       -- where it may lie, apart by spaces; one, but while it moves
    sha256 bytea CHECK (length(sha256) = 32),  -- of the row; null: it is under way
    PRIMARY KEY (sink, table_name, row_key)
);
CREATE INDEX deliveries_by_conversation ON deliveries (conversation_id, sink);
