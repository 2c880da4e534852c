-- What a source's own lists name: calls, and the stretches of time that a list claims to name whole. No foreign key to
-- conversations: that a call has none is what is asked for.

CREATE TABLE announcements (
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    external_id TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    duration_s INTEGER,
    outcome TEXT NOT NULL,
    recorded INTEGER CHECK (recorded IN (0, 1)),   -- null: the list does not tell
    list_sha256 BLOB NOT NULL CHECK (length(list_sha256) = 32),   -- the newest list that names it
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (source, account, external_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX announcements_by_start ON announcements (started_at, source, account, external_id);

CREATE TABLE announced_spans (
    source TEXT NOT NULL,
    account TEXT NOT NULL,
    list_sha256 BLOB NOT NULL CHECK (length(list_sha256) = 32),
    from_at INTEGER NOT NULL,
    to_at INTEGER NOT NULL,
    list_name TEXT NOT NULL,
    rows_refused INTEGER NOT NULL,
    imported_at INTEGER NOT NULL,
    PRIMARY KEY (source, account, list_sha256, from_at, to_at)
) STRICT, WITHOUT ROWID;
