-- Write-once: which draft is the document. A record that a person had tried again may have been written
-- completely before, without a write of its own now: with the decision it is being posted.
WITH chosen AS (
    SELECT own.record, own.document, own.draft
    FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, draft int, reference text)
    JOIN record r ON r.id = v.id AND r.attempt = v.attempt AND r.status IN ('mapped', 'posting')
    JOIN erp_draft own ON own.record = r.id AND own.draft = v.draft AND own.state = 'open'
        AND own.erp_reference = v.reference
    JOIN erp_document d ON d.record = r.id AND d.document = own.document
        AND d.fingerprint = own.fingerprint AND d.erp_reference IS NULL
    -- a number that another document has already would fail the whole batch; OFFSET 0 has each
    -- number looked up by itself, also where no statistics say how many documents a company has
    WHERE NOT EXISTS (SELECT FROM erp_document o
                      WHERE o.connection_id = r.connection_id AND o.kind = d.kind
                        AND o.erp_company = d.erp_company AND o.erp_reference = v.reference
                      OFFSET 0)
    FOR UPDATE OF r
), marked AS (
    UPDATE erp_draft d SET state = 'decided'
    FROM chosen c WHERE d.record = c.record AND d.draft = c.draft AND d.state = 'open'
    RETURNING d.record, d.document, d.erp_reference
), begun AS (
    UPDATE record r SET status = 'posting' FROM chosen c WHERE r.id = c.record AND r.status = 'mapped'
)
UPDATE erp_document d
SET erp_reference = m.erp_reference, decided_at = clock_timestamp()
FROM marked m
WHERE d.record = m.record AND d.document = m.document
RETURNING d.record
