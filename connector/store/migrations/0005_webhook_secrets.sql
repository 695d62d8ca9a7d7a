-- The signing secrets that Brex has told of, beside those that a connection file gives: one row for
-- each connection, a sealed list. A rotation replaces it; nothing is ever deleted by a process.

CREATE TABLE fetched_webhook_secrets (
    connection_id bigint PRIMARY KEY REFERENCES connection,
    ciphertext    text NOT NULL,
    fetched_at    timestamptz NOT NULL DEFAULT now()
);

GRANT SELECT ON fetched_webhook_secrets TO ml_connector_gateway;
GRANT SELECT, INSERT (connection_id, ciphertext), UPDATE (ciphertext, fetched_at)
    ON fetched_webhook_secrets TO ml_connector_worker;
GRANT SELECT (connection_id, fetched_at) ON fetched_webhook_secrets
    TO ml_connector_console, ml_connector_audit;
