-- Claim the probe of each outage that is due for one.
UPDATE outage o
SET probe_at = now() + make_interval(secs => %(probe_s)s)
FROM connection c
WHERE c.id = o.connection_id AND c.removed_at IS NULL AND c.paused_at IS NULL
  AND o.ended_at IS NULL AND o.probe_at <= now()
RETURNING c.id, c.name, o.peer, o.of_writes
