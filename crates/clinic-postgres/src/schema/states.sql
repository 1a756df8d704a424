-- States of folds: a cache, which may be emptied at any time.
CREATE TABLE clinic_states (
    clinic uuid NOT NULL,
    fold text NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (clinic, fold, version, position)
);
-- They are JSON that was written once and is read whole.
ALTER TABLE clinic_states ALTER COLUMN state SET STORAGE EXTENDED;
