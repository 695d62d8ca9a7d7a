-- One page of records, newest first, with the document that stands for each. Each connection and status gives its own first page from the
-- index record_listing, so that a rare status is found among millions. BETWEEN instead of = keeps
-- the status in the order, and so the planner from walking the primary key.
SELECT page.id, c.name, page.record_id, page.status, page.reason, page.detail,
       main.number, main.erp_reference, coalesce(main.voucher, ''), page.attempt, page.note,
       page.received_at, page.updated_at, page.due_at, page.exported_at
FROM connection c
CROSS JOIN unnest(%(statuses)s::text[]) AS wanted (status)
CROSS JOIN LATERAL (
    SELECT * FROM record r
    WHERE r.connection_id = c.id AND r.status BETWEEN wanted.status AND wanted.status
      AND r.id < %(after)s AND r.id > %(floor)s
      AND (%(reason)s::text IS NULL OR r.reason = %(reason)s)
      AND (%(since)s::timestamptz IS NULL OR r.received_at >= %(since)s)
    ORDER BY r.status DESC, r.id DESC
    LIMIT %(limit)s
) AS page
LEFT JOIN erp_document main ON main.record = page.id AND main.document = page.principal
WHERE %(connection)s::text IS NULL OR c.name = %(connection)s
ORDER BY page.id DESC
LIMIT %(limit)s
