-- Held records by connection and reason.
SELECT c.name AS connection, r.reason, count(*) AS records, min(r.updated_at) AS oldest_at
FROM record r JOIN connection c ON c.id = r.connection_id
WHERE r.status = 'held' AND c.removed_at IS NULL
GROUP BY c.name, r.reason
ORDER BY c.name, count(*) DESC, r.reason
