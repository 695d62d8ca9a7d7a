-- Connections whose records are on their way for too long, since they came in or a person let them go
-- on. What waits for a switch is left out.
SELECT c.name AS connection, count(*) AS records, min(begun.at) AS oldest_at
FROM record r
JOIN connection c ON c.id = r.connection_id
CROSS JOIN LATERAL (
    SELECT greatest(r.received_at, max(h.at)) AS at FROM record_history h
    WHERE h.record = r.id AND h.from_status IN ('held', 'skipped', 'exported')
) AS begun
WHERE r.due_at IS NOT NULL AND r.received_at < now() - make_interval(secs => %(late_s)s)
  AND begun.at < now() - make_interval(secs => %(late_s)s)
  AND c.removed_at IS NULL
  AND NOT EXISTS (SELECT FROM halted_work w WHERE w.connection_id = c.id)
GROUP BY c.name
ORDER BY c.name
