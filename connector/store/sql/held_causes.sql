-- Held records by what they wait for, the most first.
SELECT c.name AS connection, h.reason, h.field, h.value, h.records, h.oldest_at
FROM (
    SELECT connection_id, reason, field, value, count(*) AS records, min(held_at) AS oldest_at
    FROM held_record WHERE is_held GROUP BY connection_id, reason, field, value
) AS h
JOIN connection c ON c.id = h.connection_id AND c.removed_at IS NULL
WHERE %(connection)s::text IS NULL OR c.name = %(connection)s
ORDER BY h.records DESC, c.name, h.reason, h.field, h.value
LIMIT %(limit)s
