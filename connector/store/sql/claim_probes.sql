-- Claim the probe of each outage that is due for one. Of a connection that writes nothing anyway, the ERP
-- is left alone.
UPDATE outage o
SET probe_at = now() + make_interval(secs => %(probe_s)s)
FROM connection c
WHERE c.id = o.connection_id AND c.removed_at IS NULL
  AND NOT (o.peer = c.erp AND EXISTS (SELECT FROM halted_work WHERE connection_id = c.id))
  AND o.ended_at IS NULL AND o.probe_at <= now()
RETURNING c.id, c.name, o.peer, o.of_writes
