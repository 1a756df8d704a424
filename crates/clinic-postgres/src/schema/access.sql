-- Who read personal data, or let whom sign in. Later records of a clinic have higher numbers, and are committed
-- later: whoever records holds the clinic's lock from the number to the commit.
CREATE TABLE clinic_accesses (
    clinic uuid NOT NULL,
    number bigint GENERATED ALWAYS AS IDENTITY,
    at bigint NOT NULL,
    -- None: the host.
    member uuid,
    model text NOT NULL,
    -- None of these: the whole clinic.
    room uuid,
    visit uuid,
    account uuid,
    PRIMARY KEY (clinic, number),
    CHECK (num_nonnulls(room, visit, account) <= 1)
);
