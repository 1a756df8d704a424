-- What proves who somebody is. Of what people remember it keeps a PHC string, which names its algorithm,
-- parameters and salt; of a token its SHA-256.
CREATE TABLE clinic_passcodes (
    clinic uuid NOT NULL,
    room uuid NOT NULL,
    passcode uuid NOT NULL,
    verifier text NOT NULL,
    PRIMARY KEY (clinic, room, passcode)
);
CREATE TABLE clinic_accounts (
    -- In the form in which names are compared, byte by byte: no locale makes two names one.
    name text COLLATE "C" PRIMARY KEY,
    clinic uuid NOT NULL,
    member uuid NOT NULL,
    password uuid NOT NULL,
    verifier text NOT NULL,
    UNIQUE (clinic, member)
);
CREATE TABLE clinic_sessions (
    token bytea PRIMARY KEY CHECK (length(token) = 32),
    clinic uuid NOT NULL,
    member uuid NOT NULL,
    started_at bigint NOT NULL,
    expires_at bigint NOT NULL,
    seen_at bigint NOT NULL
) WITH (fillfactor = 80);
CREATE INDEX clinic_sessions_of ON clinic_sessions (clinic, member);
CREATE INDEX clinic_sessions_ending ON clinic_sessions (expires_at);
CREATE TABLE clinic_invitations (
    token bytea PRIMARY KEY CHECK (length(token) = 32),
    clinic uuid NOT NULL,
    member uuid NOT NULL,
    -- None: the host.
    inviter uuid,
    expires_at bigint NOT NULL,
    UNIQUE (clinic, member)
);
