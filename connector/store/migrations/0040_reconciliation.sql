-- Reconciliations: what each run found. Items that match are counted in the lines and not kept one by one.

CREATE TABLE reconciliation (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connection,
    -- from `since` on, before `until`
    since         date NOT NULL,
    until         date NOT NULL CHECK (until > since),
    asked_by      text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    started_at    timestamptz NOT NULL,
    finished_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    proved        boolean NOT NULL,
    -- why it is not proved, and what could not be read
    faults        text[] NOT NULL,
    -- how many items ended how
    endings       jsonb NOT NULL
);
CREATE INDEX reconciliation_of ON reconciliation (connection_id, id DESC);

CREATE TABLE reconciliation_line (
    reconciliation bigint NOT NULL REFERENCES reconciliation,
    company        text NOT NULL,
    currency       text NOT NULL,
    day            date NOT NULL,
    account        text NOT NULL,
    statement      text NOT NULL,
    brex           numeric NOT NULL,
    erp            numeric NOT NULL,
    -- by ending: how many items, and what Brex has more than the ERP
    items          jsonb NOT NULL,
    explained      jsonb NOT NULL,
    PRIMARY KEY (reconciliation, currency, company, day, account, statement)
);

CREATE TABLE reconciliation_item (
    reconciliation bigint NOT NULL REFERENCES reconciliation,
    nth            int NOT NULL,
    ending         text NOT NULL,
    name           text NOT NULL,
    day            date NOT NULL,
    currency       text NOT NULL,
    company        text NOT NULL,
    account        text NOT NULL,
    about          text NOT NULL,
    charged        numeric,
    recorded       numeric,
    posted         numeric,
    told           text NOT NULL,
    is_ours        boolean NOT NULL,
    -- transactions, records, documents, vouchers, differences, suggestions
    detail         jsonb NOT NULL,
    PRIMARY KEY (reconciliation, nth)
);
CREATE INDEX reconciliation_items_by_ending ON reconciliation_item (reconciliation, ending, nth);

CREATE TRIGGER reconciliations_are_append_only BEFORE UPDATE OR DELETE ON reconciliation
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reconciliation_lines_are_append_only BEFORE UPDATE OR DELETE ON reconciliation_line
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER reconciliation_items_are_append_only BEFORE UPDATE OR DELETE ON reconciliation_item
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- what was posted lately, and Brex shows no more
CREATE INDEX erp_document_by_posting ON erp_document (connection_id, posted_at) WHERE posted_at IS NOT NULL;

GRANT SELECT, INSERT (connection_id, since, until, started_at, proved, faults, endings)
    ON reconciliation TO ml_connector_worker;
GRANT SELECT, INSERT ON reconciliation_line, reconciliation_item TO ml_connector_worker;
GRANT SELECT ON reconciliation, reconciliation_line, reconciliation_item
    TO ml_connector_console, ml_connector_audit;
