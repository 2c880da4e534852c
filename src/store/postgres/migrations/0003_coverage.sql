-- What a source's own lists name: calls, and the stretches of time that a list claims to name whole. No foreign key to
-- conversations: that a call has none is what is asked for.

CREATE TABLE announcements (
    source text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    external_id text COLLATE "C" NOT NULL,
    started_at bigint NOT NULL,
    duration_s bigint,
    outcome text COLLATE "C" NOT NULL,
    recorded smallint CHECK (recorded IN (0, 1)),   -- null: the list does not tell
    list_sha256 bytea NOT NULL CHECK (length(list_sha256) = 32),   -- the newest list that names it
    imported_at bigint NOT NULL,
    PRIMARY KEY (source, account, external_id)
);
CREATE INDEX announcements_by_start ON announcements (started_at, source, account, external_id);

CREATE TABLE announced_spans (
    source text COLLATE "C" NOT NULL,
    account text COLLATE "C" NOT NULL,
    list_sha256 bytea NOT NULL CHECK (length(list_sha256) = 32),
    from_at bigint NOT NULL,
    to_at bigint NOT NULL,
    list_name text COLLATE "C" NOT NULL,
    rows_refused bigint NOT NULL,
    imported_at bigint NOT NULL,
    PRIMARY KEY (source, account, list_sha256, from_at, to_at)
);
