-- Receipts that are not here, by connection and reason; those without a reason are still wanted.
SELECT c.name AS connection, missing.reason, missing.number
FROM connection c
CROSS JOIN LATERAL (
    SELECT NULL AS reason, count(*) AS number FROM receipt r
    WHERE r.connection_id = c.id AND r.due_at IS NOT NULL
    UNION ALL
    SELECT r.reason, count(*) FROM receipt r
    WHERE r.connection_id = c.id AND r.state = 'failed' GROUP BY r.reason
) AS missing
WHERE c.removed_at IS NULL AND missing.number > 0
ORDER BY c.name, missing.reason
