-- The receipts of a record, a row for each file; `kept` says that the file is still here.
SELECT r.receipt_id, r.file, r.state, r.content_type, r.size, encode(r.sha256, 'hex') AS sha256,
       r.sha256 IS NOT NULL AND EXISTS (SELECT FROM receipt_content c WHERE c.sha256 = r.sha256) AS kept,
       r.reason, r.note, r.failures, r.added_at, r.settled_at, r.due_at
FROM receipt r
WHERE r.record = %(record)s
ORDER BY r.id
