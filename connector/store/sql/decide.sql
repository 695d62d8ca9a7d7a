-- Write-once: which draft is the record's document.
WITH chosen AS (
    SELECT r.id, v.draft, v.reference
    FROM (VALUES %s) AS v (id, attempt, draft, reference)
    JOIN record r ON r.id = v.id AND r.attempt = v.attempt
        AND r.status = 'posting' AND r.erp_reference IS NULL
    -- a number that another record has already would fail the whole batch; OFFSET 0 has each
    -- number looked up by itself, also where no statistics say how many documents a company has
    JOIN erp_draft own ON own.record = r.id AND own.draft = v.draft
    WHERE NOT EXISTS (SELECT FROM record o
                      WHERE o.connection_id = r.connection_id
                        AND o.erp_company = own.erp_company AND o.erp_reference = v.reference
                      OFFSET 0)
    FOR UPDATE OF r
), marked AS (
    UPDATE erp_draft d SET state = 'decided'
    FROM chosen c WHERE d.record = c.id AND d.draft = c.draft AND d.state = 'open'
    RETURNING d.record, d.erp_reference, d.erp_company
)
UPDATE record r
SET erp_reference = m.erp_reference, erp_company = m.erp_company, decided_at = clock_timestamp()
FROM marked m JOIN chosen c ON c.id = m.record AND c.reference = m.erp_reference
WHERE r.id = m.record
RETURNING r.id
