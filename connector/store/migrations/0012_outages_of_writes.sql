-- An outage of writes leaves alone what only reads, unless reads fail as well.

ALTER TABLE outage ADD COLUMN reads_too boolean NOT NULL DEFAULT false;
GRANT UPDATE (reads_too) ON outage TO ml_connector_worker;

CREATE OR REPLACE VIEW suspended_work AS
SELECT o.connection_id, needs.work
FROM outage o
JOIN connection c ON c.id = o.connection_id
CROSS JOIN LATERAL (VALUES
    ('fetch', 'brex', false), ('poll', 'brex', false), ('export', 'brex', true),
    ('post', c.erp, true), ('spares', c.erp, true)
) AS needs (work, peer, writes)
WHERE o.ended_at IS NULL AND o.peer = needs.peer
  AND (needs.writes OR NOT o.of_writes OR o.reads_too);
