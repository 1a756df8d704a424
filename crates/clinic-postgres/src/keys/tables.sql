-- An operator may have made it, to say who may enter it.
CREATE SCHEMA IF NOT EXISTS clinic_keys;

-- Whose operator's key the keys are wrapped with: one row.
CREATE TABLE clinic_keys.operator (one integer PRIMARY KEY CHECK (one = 1), print bytea NOT NULL);

-- A row that is written anew leaves its old form in its page until the table is vacuumed, and the old form of
-- a destroyed key is what must go: so every such row is a reason to.
CREATE TABLE clinic_keys.keys (
    id uuid PRIMARY KEY,
    -- None once it has been destroyed.
    wrapped bytea,
    -- When that was, by the clock of the server. Nothing rests on it.
    destroyed_at timestamptz,
    CHECK ((wrapped IS NULL) = (destroyed_at IS NOT NULL))
) WITH (autovacuum_vacuum_threshold = 0, autovacuum_vacuum_scale_factor = 0);
