-- The records, in their order, with a receipt whose hash begins so.
SELECT DISTINCT record.id, record.record_id
FROM receipt r
JOIN record ON record.id = r.record
JOIN connection c ON c.id = r.connection_id
WHERE encode(sha256(convert_to(r.receipt_id, 'UTF8')), 'hex') LIKE %(hash)s || '%%'
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
ORDER BY record.id
LIMIT 10
