-- Connections, their secrets and their tokens. Every secret is a Fernet token whose plain text
-- names the connection and the secret, so that ciphertexts cannot be swapped between rows.

CREATE TABLE connection (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    name       text NOT NULL UNIQUE CHECK (name ~ '^[a-z0-9][a-z0-9-]{0,39}$'),
    erp        text NOT NULL,
    config     jsonb NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    paused_at  timestamptz,
    removed_at timestamptz
);

CREATE TABLE connection_secret (
    connection_id bigint NOT NULL REFERENCES connection,
    name          text NOT NULL,
    ciphertext    text NOT NULL,
    PRIMARY KEY (connection_id, name)
);

-- One row per connection and peer. `generation` grows with each new token; a refresh is claimed
-- by `refreshing_until` and committed before the token is used.
CREATE TABLE oauth_token (
    connection_id    bigint NOT NULL REFERENCES connection,
    peer             text NOT NULL,
    generation       int NOT NULL DEFAULT 0,
    access           text,
    refresh          text,
    expires_at       timestamptz,
    refreshed_at     timestamptz,
    refreshing_until timestamptz,
    failure          text,
    PRIMARY KEY (connection_id, peer)
);

-- The cadence of what runs by the clock. A run is claimed by a guarded update of due_at, so any
-- number of clocks may tick.
CREATE TABLE schedule (
    connection_id bigint NOT NULL REFERENCES connection,
    job           text NOT NULL,
    every_s       int NOT NULL CHECK (every_s > 0),
    due_at        timestamptz NOT NULL DEFAULT now(),
    started_at    timestamptz,
    finished_at   timestamptz,
    outcome       text,
    watermark     timestamptz,
    PRIMARY KEY (connection_id, job)
);
CREATE INDEX schedule_due ON schedule (due_at);
