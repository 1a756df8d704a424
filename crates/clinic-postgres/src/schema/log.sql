-- postgres-es's table, and what it lacks: whose event it is, where it stands, and when it was.
CREATE TABLE IF NOT EXISTS events (
    aggregate_type text COLLATE "C" NOT NULL,
    aggregate_id text COLLATE "C" NOT NULL,
    sequence bigint NOT NULL CHECK (sequence >= 0),
    event_type text NOT NULL,
    event_version text NOT NULL,
    payload json NOT NULL,
    metadata json NOT NULL,
    clinic uuid NOT NULL,
    position bigint NOT NULL CHECK (position > 0),
    occurred_at bigint NOT NULL,
    recorded_at bigint NOT NULL,
    PRIMARY KEY (aggregate_type, aggregate_id, sequence),
    UNIQUE (clinic, position)
);

-- Where each clinic's log ends.
CREATE TABLE clinic_heads (
    clinic uuid PRIMARY KEY,
    position bigint NOT NULL,
    occurred_at bigint NOT NULL,
    next_due bigint,
    -- Counts the commits in doubt that were settled: what was decided before one is not appended after it.
    fence bigint NOT NULL DEFAULT 0
) WITH (fillfactor = 50);

-- What all nodes have agreed to write: one row.
CREATE TABLE clinic_level (level integer NOT NULL);
