-- Merchants that were matched by another reading of the suppliers, or other thresholds, and by no person.
SELECT merchant_id, name FROM merchant
WHERE connection_id = %(connection_id)s AND merchant_id > %(after)s
  AND found IS DISTINCT FROM 'confirmed'
  AND (register_at, thresholds) IS DISTINCT FROM (%(register_at)s::timestamptz, %(thresholds)s)
ORDER BY merchant_id
LIMIT %(limit)s
