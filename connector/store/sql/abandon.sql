-- Give drafts up for good; what was doubtful in them was looked for and not found.
WITH given_up AS (
    UPDATE erp_draft d SET state = 'spare', why = v.why
    FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, draft int, why text)
    JOIN record r ON r.id = v.id AND r.attempt = v.attempt
    WHERE d.record = v.id AND d.draft = v.draft AND d.state = 'open'
    RETURNING d.record, d.draft
)
UPDATE erp_write w SET outcome = 'absent'
FROM given_up g
WHERE w.record = g.record AND w.draft = g.draft AND w.outcome IN ('intent', 'unknown')
RETURNING w.record
