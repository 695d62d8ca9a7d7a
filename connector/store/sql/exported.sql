-- Posted ▶ exported, each only if it is still at the attempt that told Brex.
UPDATE record r
SET status = 'exported', exported_at = now(), due_at = NULL,
    lease_until = NULL, claims = 0, failures = 0, note = '', brex_trace_id = v.trace_id
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, trace_id text)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.status = 'posted'
RETURNING r.id
