-- The drafts of records with their writes, one row each; a draft without writes has one row.
SELECT d.record, d.document, d.draft, d.marker, d.state, d.fingerprint, d.opened_at,
       coalesce(d.erp_reference, ''), w.step, w.line, w.outcome, w.sent_at, w.settles_at, w.looks,
       w.result
FROM erp_draft d
LEFT JOIN erp_write w ON w.record = d.record AND w.draft = d.draft
WHERE d.record = ANY(%(ids)s)
ORDER BY d.record, d.draft, w.id
