-- Nodes, and when each was heard of last, by its own clock.
CREATE TABLE clinic_nodes (
    node uuid PRIMARY KEY,
    alive_at bigint NOT NULL,
    level integer NOT NULL DEFAULT 0,
    version text NOT NULL DEFAULT ''
) WITH (fillfactor = 50);

-- Who was last seen when, by connection.
CREATE TABLE clinic_seen (
    clinic uuid NOT NULL,
    -- m: a member, p: a patient's visit
    kind "char" NOT NULL,
    who uuid NOT NULL,
    connection uuid NOT NULL,
    node uuid NOT NULL,
    open boolean NOT NULL,
    at bigint NOT NULL,
    PRIMARY KEY (clinic, kind, who, connection, node)
) WITH (fillfactor = 50);
