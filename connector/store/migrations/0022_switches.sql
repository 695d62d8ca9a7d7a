-- Safety switches: a connection in shadow, a pause that keeps the intake, and limits for a day.

-- What nobody takes up because the connection is paused or in shadow: all that writes.
CREATE VIEW halted_work AS
SELECT c.id AS connection_id, writes.work
FROM connection c
CROSS JOIN (VALUES ('post'), ('export'), ('spares')) AS writes (work)
WHERE c.paused_at IS NOT NULL OR c.config->>'mode' = 'shadow';

CREATE OR REPLACE VIEW suspended_work AS
SELECT o.connection_id, needs.work
FROM outage o
JOIN connection c ON c.id = o.connection_id
CROSS JOIN LATERAL (VALUES
    ('fetch', 'brex', false), ('poll', 'brex', false), ('export', 'brex', true),
    ('post', c.erp, true), ('spares', c.erp, true)
) AS needs (work, peer, writes)
WHERE o.ended_at IS NULL AND o.peer = needs.peer
  AND (needs.writes OR NOT o.of_writes OR o.reads_too)
UNION ALL
SELECT connection_id, work FROM halted_work;

-- on which day of the connection's time zone a document was counted towards the limits, and with how
-- much; null where there are none
ALTER TABLE erp_document
    ADD COLUMN counted_on date, ADD COLUMN counted_amount numeric, ADD COLUMN counted_in text;
CREATE INDEX erp_document_counted ON erp_document (connection_id, counted_on)
    INCLUDE (counted_in, counted_amount) WHERE counted_on IS NOT NULL;

GRANT SELECT ON halted_work TO ml_connector_worker, ml_connector_console, ml_connector_audit;
GRANT UPDATE (counted_on, counted_amount, counted_in) ON erp_document TO ml_connector_worker;
