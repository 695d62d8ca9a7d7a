-- Runs that bring the ERP's master data to Brex: what each found, changed, and waits for.

CREATE TABLE sync_run (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connection,
    target        text NOT NULL CHECK (target IN ('accounts', 'dimensions', 'suppliers', 'references')),
    dry_run       boolean NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT now(),
    started_by    text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    -- whoever does not lengthen it in time has died, and the next run takes over
    lease_until   timestamptz NOT NULL,
    finished_at   timestamptz,
    outcome       text CHECK (outcome IN ('done', 'dry_run', 'not_pushed', 'needs_confirmation',
                                          'suspicious', 'failed', 'abandoned')),
    detail        text NOT NULL DEFAULT '',
    entries       int NOT NULL DEFAULT 0,
    created       int NOT NULL DEFAULT 0,
    renamed       int NOT NULL DEFAULT 0,
    disabled      int NOT NULL DEFAULT 0,
    enabled       int NOT NULL DEFAULT 0,
    -- by a person, for its changes and nothing else
    confirmed_at  timestamptz,
    confirmed_by  text,
    CHECK ((finished_at IS NULL) = (outcome IS NULL))
);
CREATE UNIQUE INDEX sync_run_alone ON sync_run (connection_id, target) WHERE finished_at IS NULL;
CREATE INDEX sync_run_newest ON sync_run (connection_id, target, id DESC);

-- The difference of a run; a closed account says how much it touches.
CREATE TABLE sync_change (
    run     bigint NOT NULL REFERENCES sync_run,
    action  text NOT NULL CHECK (action IN ('created', 'renamed', 'disabled', 'enabled')),
    part    text NOT NULL,
    company text NOT NULL,
    code    text NOT NULL,
    name    text NOT NULL,
    before  text NOT NULL,
    records int NOT NULL,
    rules   int NOT NULL,
    PRIMARY KEY (run, part, company, code, action)
);

-- A Brex field by the name that the mapping has for it, and its values as Brex last showed them.
-- `known` is false from before a write until its answer is kept: then Brex is asked what it has.
-- `lost` grows when something that was there is not any more.
CREATE TABLE brex_field (
    connection_id bigint NOT NULL REFERENCES connection,
    name          text NOT NULL,
    field_id      text NOT NULL,
    known         boolean NOT NULL,
    lost          int NOT NULL DEFAULT 0,
    PRIMARY KEY (connection_id, name)
);
CREATE TABLE brex_value (
    connection_id bigint NOT NULL,
    name          text NOT NULL,
    remote_id     text NOT NULL,
    value_id      text NOT NULL,
    value         text NOT NULL,
    disabled      boolean NOT NULL,
    vanished      boolean NOT NULL DEFAULT false,
    PRIMARY KEY (connection_id, name, remote_id),
    FOREIGN KEY (connection_id, name) REFERENCES brex_field
);

CREATE OR REPLACE VIEW suspended_work AS
SELECT o.connection_id, needs.work
FROM outage o
JOIN connection c ON c.id = o.connection_id
CROSS JOIN LATERAL (VALUES
    ('fetch', 'brex', false), ('poll', 'brex', false), ('export', 'brex', true),
    ('post', c.erp, true), ('spares', c.erp, true),
    ('sync_accounts', c.erp, false), ('sync_dimensions', c.erp, false),
    ('sync_suppliers', c.erp, false), ('sync_references', c.erp, false)
) AS needs (work, peer, writes)
WHERE o.ended_at IS NULL AND o.peer = needs.peer
  AND (needs.writes OR NOT o.of_writes OR o.reads_too)
UNION ALL
SELECT connection_id, work FROM halted_work;

GRANT SELECT, INSERT (connection_id, target, dry_run, lease_until),
      UPDATE (lease_until, finished_at, outcome, detail, entries, created, renamed, disabled, enabled)
    ON sync_run TO ml_connector_worker;
GRANT SELECT, INSERT ON sync_change TO ml_connector_worker;
GRANT SELECT, INSERT, UPDATE (field_id, known, lost) ON brex_field TO ml_connector_worker;
GRANT SELECT, INSERT, UPDATE (value_id, value, disabled, vanished)
    ON brex_value TO ml_connector_worker;
GRANT SELECT ON sync_run, sync_change, brex_field, brex_value
    TO ml_connector_console, ml_connector_audit;
-- In the console, a person confirms a difference, and has the clock begin the run that applies it.
GRANT UPDATE (confirmed_at, confirmed_by) ON sync_run TO ml_connector_console;
GRANT UPDATE (due_at) ON schedule TO ml_connector_console;
