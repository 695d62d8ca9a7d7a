-- The drafts of records, each with its writes as one array.
SELECT d.record, d.draft, d.marker, d.state, d.fingerprint, coalesce(d.erp_reference, ''),
       d.opened_at,
       w.draft IS NOT NULL, w.step, w.line, w.outcome, w.sent_at, w.settles_at, w.looks, w.result
FROM erp_draft d
LEFT JOIN erp_write w ON w.record = d.record AND w.draft = d.draft
WHERE d.record = ANY(%(ids)s)
ORDER BY d.record, d.draft, w.id
