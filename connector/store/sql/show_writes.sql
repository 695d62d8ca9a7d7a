-- What was, or may have been, written to the ERP for a record, in the order in which it was sent.
SELECT w.id AS write, w.draft, d.document, w.step, w.line, w.attempt, w.sent_at, w.outcome, w.looks,
       w.result, w.code, w.message
FROM erp_write w JOIN erp_draft d ON d.record = w.record AND d.draft = w.draft
WHERE w.record = %(record)s
ORDER BY w.sent_at, w.id
