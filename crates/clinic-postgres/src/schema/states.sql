-- States of folds: a cache, which may be emptied at any time.
CREATE TABLE clinic_states (
    clinic uuid NOT NULL,
    fold text NOT NULL,
    version bigint NOT NULL,
    position bigint NOT NULL,
    state bytea NOT NULL,
    PRIMARY KEY (clinic, fold, version, position)
);
-- They are written often and read seldom: to compress them takes longer than to write them.
ALTER TABLE clinic_states ALTER COLUMN state SET STORAGE EXTERNAL;
