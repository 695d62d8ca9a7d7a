-- Files that could not be had, newest first. Each connection gives its own first page from the index
-- receipt_failed.
SELECT c.name AS connection, record.record_id, page.receipt_id, page.file, page.reason, page.note,
       page.failures, page.added_at, page.settled_at
FROM connection c
CROSS JOIN LATERAL (
    SELECT * FROM receipt r WHERE r.connection_id = c.id AND r.state = 'failed'
    ORDER BY r.id DESC LIMIT %(limit)s
) AS page
JOIN record ON record.id = page.record
WHERE c.removed_at IS NULL AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
ORDER BY page.id DESC
LIMIT %(limit)s
