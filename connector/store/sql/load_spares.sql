-- What the spare drafts of records were opened for, and the numbers that were decided on.
SELECT d.record, d.draft, c.content,
       (SELECT coalesce(string_agg(erp_reference, ', ' ORDER BY document), '')
        FROM erp_document WHERE record = d.record),
       clock_timestamp()
FROM erp_draft d
JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint
WHERE d.record = ANY(%(ids)s) AND d.state = 'spare' AND d.validated_at IS NULL
ORDER BY d.record, d.draft
