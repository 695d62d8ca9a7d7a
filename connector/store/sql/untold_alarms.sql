-- Alarms that no message has told of yet, and those that were resolved lately and untold so far.
SELECT a.id, coalesce(c.name, '') AS connection, a.kind, a.key, a.severity, a.what, a.mend,
       a.raised_at, a.last_seen_at, a.resolved_at, '[]'::jsonb AS deliveries
FROM alarm a LEFT JOIN connection c ON c.id = a.connection_id
WHERE a.resolved_at IS NULL AND a.raised_in IS NULL
   OR a.resolved_in IS NULL AND a.resolved_at > now() - interval '1 day'
ORDER BY a.severity, a.raised_at, a.id
