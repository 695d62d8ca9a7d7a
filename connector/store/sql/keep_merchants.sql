-- Keep how merchants were matched. What a person confirmed stays, and so does what was matched by a newer
-- reading of the suppliers; who writes at the same time comes in turn.
WITH given (connection_id, merchant_id, name, supplier, found, score, candidates, register_at, thresholds) AS (
    VALUES %s
)
INSERT INTO merchant AS m (connection_id, merchant_id, name, supplier, found, score, candidates,
                           register_at, thresholds)
SELECT * FROM given ORDER BY merchant_id
ON CONFLICT (connection_id, merchant_id) DO UPDATE
SET name = excluded.name, supplier = excluded.supplier, found = excluded.found,
    score = excluded.score, candidates = excluded.candidates, register_at = excluded.register_at,
    thresholds = excluded.thresholds
WHERE m.found IS DISTINCT FROM 'confirmed'
  AND (m.register_at IS NULL OR m.register_at <= excluded.register_at
       OR m.thresholds <> excluded.thresholds)
