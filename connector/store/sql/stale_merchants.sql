-- Merchants that were matched by another reading of the suppliers, or other thresholds, and by no person; and
-- those that the map does not have, though records are held for want of their supplier.
SELECT merchant_id, name FROM merchant
WHERE connection_id = %(connection_id)s AND merchant_id > %(after)s
  AND found IS DISTINCT FROM 'confirmed'
  AND (register_at, thresholds) IS DISTINCT FROM (%(register_at)s::timestamptz, %(thresholds)s)
UNION ALL
SELECT p.payload #>> '{vendor,id}', max(coalesce(p.payload #>> '{vendor,name}', ''))
FROM record r
JOIN record_payload p ON p.record = r.id
WHERE r.connection_id = %(connection_id)s AND r.status = 'held' AND NOT r.decided
  AND r.reason = 'supplier_unknown' AND r.detail->>'field' = 'vendor'
  AND p.payload #>> '{vendor,id}' > %(after)s
  AND NOT EXISTS (SELECT FROM merchant m WHERE m.connection_id = r.connection_id
                  AND m.merchant_id = p.payload #>> '{vendor,id}')
GROUP BY 1
ORDER BY 1
LIMIT %(limit)s
