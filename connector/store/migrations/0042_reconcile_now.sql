-- People ask for a reconciliation in the console, and a worker does it; what could not be listed is kept with it.

ALTER TABLE errand DROP CONSTRAINT errand_kind_check;
ALTER TABLE errand ADD CONSTRAINT errand_kind_check CHECK (kind IN ('return', 'ping', 'mend', 'reconcile'));
-- of a reconciliation: the first and the last day
ALTER TABLE errand DROP CONSTRAINT mends_say_what;
ALTER TABLE errand ADD CONSTRAINT errands_say_what CHECK ((kind IN ('mend', 'reconcile')) = (what IS NOT NULL));
-- one at a time for each connection
CREATE UNIQUE INDEX errand_reconciles_once ON errand (connection_id) WHERE due_at IS NOT NULL AND kind = 'reconcile';
-- whoever does it has it alone until then
ALTER TABLE errand ADD COLUMN lease_until timestamptz;
GRANT UPDATE (lease_until) ON errand TO ml_connector_worker;

ALTER TABLE reconciliation ADD COLUMN unlisted text[] NOT NULL DEFAULT '{}';
GRANT INSERT (unlisted) ON reconciliation TO ml_connector_worker;

-- the items of one line of the control totals
CREATE INDEX reconciliation_items_by_line
    ON reconciliation_item (reconciliation, day, currency, company, account, nth);
