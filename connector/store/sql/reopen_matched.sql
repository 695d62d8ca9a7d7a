-- Held for want of a supplier that the map has by now: a person confirmed it, or newer suppliers were read,
-- while a worker had the record. It begins again. The merchant is locked until this is committed, so that
-- who confirms it afterwards finds the record held.
WITH meant AS (
    SELECT r.id, m.supplier FROM record r
    JOIN record_payload p ON p.record = r.id
    JOIN merchant m
        ON m.connection_id = r.connection_id AND m.merchant_id = p.payload #>> '{vendor,id}'
    WHERE r.id = ANY(%(ids)s) AND r.status = 'held' AND r.reason = 'supplier_unknown'
      AND r.detail->>'field' = 'vendor' AND NOT r.decided
    ORDER BY m.merchant_id
    FOR SHARE OF m
)
UPDATE record r
SET status = 'received', attempt = r.attempt + 1, due_at = now(), reason = NULL, detail = NULL,
    announced_again = false
FROM meant
WHERE r.id = meant.id AND meant.supplier IS NOT NULL
