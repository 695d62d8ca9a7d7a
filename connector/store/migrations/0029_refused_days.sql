-- Days for which the ERP refused documents: where the policy moves what falls into closed periods, records
-- of such a day are mapped onto a later one.

CREATE TABLE refused_day (
    connection_id bigint NOT NULL REFERENCES connection,
    company       text NOT NULL,
    day           date NOT NULL,
    refused_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (connection_id, company, day)
);

GRANT SELECT, INSERT (connection_id, company, day), UPDATE (refused_at) ON refused_day
    TO ml_connector_worker;
GRANT SELECT ON refused_day TO ml_connector_console, ml_connector_audit;
