-- Held records that want the supplier of one of these merchants, of which nothing was decided. What is
-- owed to an employee wants the employee's.
SELECT r.id FROM record r
JOIN record_payload p ON p.record = r.id
WHERE r.connection_id = %(connection_id)s AND r.id > %(after)s
  AND r.status = 'held' AND NOT r.decided
  AND (r.reason = 'supplier_unknown' AND r.detail->>'field' = 'vendor' OR r.reason = 'supplier_refused')
  AND p.payload #>> '{vendor,id}' = ANY(%(ids)s)
ORDER BY r.id
LIMIT %(limit)s
