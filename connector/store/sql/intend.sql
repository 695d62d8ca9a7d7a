-- Promise writes to the journal. A row that certainly had no effect may be promised again; any
-- other repeat is refused by the unique key, and comes back as no row.
INSERT INTO erp_write (record, draft, step, line, attempt, deadline, settles_at)
SELECT v.id, v.draft, v.step, v.line, v.attempt,
       clock_timestamp() + make_interval(secs => v.call_s),
       clock_timestamp() + make_interval(secs => v.call_s + v.settle_s)
FROM json_to_recordset(%(rows)s) AS v (
    id bigint, draft int, step text, line int, attempt int, call_s float8, settle_s float8)
ON CONFLICT ON CONSTRAINT erp_write_once DO UPDATE
SET outcome = 'intent', attempt = excluded.attempt, sent_at = clock_timestamp(),
    deadline = excluded.deadline, settles_at = excluded.settles_at, code = '', message = ''
WHERE erp_write.outcome IN ('not_sent', 'refused')
RETURNING record, draft, step, line, sent_at, settles_at
