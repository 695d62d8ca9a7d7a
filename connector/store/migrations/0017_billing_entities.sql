-- The legal entity that Brex bills for an expense, for mappings that choose the company by it: asked
-- once, and kept once it has led to a company. `ids` has its id in accounting before Brex's own.

CREATE TABLE billing_entity (
    connection_id bigint NOT NULL REFERENCES connection,
    expense_id    text NOT NULL,
    ids           text[] NOT NULL,
    asked_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, expense_id)
);

GRANT SELECT, INSERT (connection_id, expense_id, ids) ON billing_entity TO ml_connector_worker;
GRANT SELECT ON billing_entity TO ml_connector_console, ml_connector_audit;
