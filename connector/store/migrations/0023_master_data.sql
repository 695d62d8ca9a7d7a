-- What the ERP has to code with: accounts, dimensions, suppliers and the rest, as last read.

-- The last reading of each kind that was whole and was applied. `changed_at` is the last one that
-- found anything new, so that who keeps a kind in memory knows when to read it again.
CREATE TABLE erp_reading (
    connection_id bigint NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN (
                      'gl_account', 'dimension', 'dimension_value', 'supplier', 'company', 'currency',
                      'vat_code', 'period')),
    read_at       timestamptz NOT NULL,
    changed_at    timestamptz NOT NULL,
    PRIMARY KEY (connection_id, kind)
);

-- An entry is never deleted. While it is there, it was last seen at its kind's reading, and last_seen
-- is null, so that a reading that changes nothing writes one row.
CREATE TABLE erp_entry (
    connection_id bigint NOT NULL,
    kind          text NOT NULL,
    -- the dimension or code part of a dimension's value
    part          text NOT NULL DEFAULT '',
    -- the company or division, where the kind is kept in one
    company       text NOT NULL DEFAULT '',
    code          text NOT NULL CHECK (code <> ''),
    name          text NOT NULL,
    blocked       boolean NOT NULL,
    valid_from    date,
    valid_to      date,
    extras        jsonb NOT NULL,
    first_seen    timestamptz NOT NULL,
    last_seen     timestamptz,
    PRIMARY KEY (connection_id, kind, part, company, code),
    FOREIGN KEY (connection_id, kind) REFERENCES erp_reading
);

GRANT SELECT, INSERT, UPDATE (read_at, changed_at) ON erp_reading TO ml_connector_worker;
GRANT SELECT, INSERT, UPDATE (name, blocked, valid_from, valid_to, extras, last_seen)
    ON erp_entry TO ml_connector_worker;
GRANT SELECT ON erp_reading, erp_entry TO ml_connector_console, ml_connector_audit;
