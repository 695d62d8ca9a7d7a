-- The drafts of a record, each with its writes as one array.
SELECT d.draft, d.document, d.marker, d.state, d.erp_reference, d.erp_company, d.opened_at, d.why,
       coalesce(jsonb_agg(jsonb_build_object(
           'step', w.step, 'line', w.line, 'attempt', w.attempt, 'outcome', w.outcome,
           'result', w.result, 'code', w.code, 'message', w.message, 'looks', w.looks,
           'sent_at', w.sent_at, 'settles_at', w.settles_at) ORDER BY w.id)
           FILTER (WHERE w.id IS NOT NULL), '[]')
FROM erp_draft d
LEFT JOIN erp_write w ON w.record = d.record AND w.draft = d.draft
WHERE d.record = %(record)s
GROUP BY d.record, d.draft
ORDER BY d.draft
