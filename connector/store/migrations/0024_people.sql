-- People who work in the console, their sessions, and their tokens for its API.

CREATE TABLE person (
    id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name         text NOT NULL UNIQUE CHECK (name ~ '^[A-Za-z0-9][A-Za-z0-9._@-]{0,59}$'),
    role         text NOT NULL CHECK (role IN ('viewer', 'operator', 'approver', 'admin')),
    -- a scrypt hash; null for somebody who signs in with OpenID Connect
    password     text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    disabled_at  timestamptz,
    -- wrong passwords since the last right one
    failures     smallint NOT NULL DEFAULT 0,
    locked_until timestamptz
);

-- Of what proves a session or a token genuine only the SHA-256 is kept.
CREATE TABLE person_session (
    sha256    bytea PRIMARY KEY,
    person_id bigint NOT NULL REFERENCES person,
    began_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at  timestamptz
);
CREATE INDEX person_session_of ON person_session (person_id);

CREATE TABLE person_token (
    sha256     bytea PRIMARY KEY,
    person_id  bigint NOT NULL REFERENCES person,
    label      text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    revoked_at timestamptz
);
CREATE INDEX person_token_of ON person_token (person_id);

GRANT SELECT, UPDATE (failures, locked_until) ON person TO ml_connector_console;
GRANT SELECT, INSERT (sha256, person_id), UPDATE (seen_at, ended_at)
    ON person_session TO ml_connector_console;
GRANT SELECT ON person_token TO ml_connector_console;
GRANT SELECT (id, name, role, created_at, disabled_at, failures, locked_until)
    ON person TO ml_connector_audit;
GRANT SELECT (person_id, began_at, seen_at, ended_at) ON person_session TO ml_connector_audit;
GRANT SELECT (person_id, label, created_at, expires_at, revoked_at)
    ON person_token TO ml_connector_audit;
