-- Note what became of writes; only the attempt that promised them may, and only while it holds.
UPDATE erp_write w
SET outcome = v.outcome, code = v.code, message = v.message
FROM json_to_recordset(%(rows)s) AS v (
    id bigint, draft int, step text, line int, attempt int, outcome text, code text, message text
), record r
WHERE w.record = v.id AND w.draft = v.draft AND w.step = v.step AND w.line = v.line
  AND r.id = v.id AND r.attempt = v.attempt
  AND w.outcome IN ('intent', 'unknown')
RETURNING w.record, w.draft, w.step, w.line
