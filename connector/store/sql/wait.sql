-- End leases without a move: the records are due again later.
UPDATE record r
SET due_at = clock_timestamp() + make_interval(secs => v.wait_s),
    lease_until = NULL, claims = 0, note = v.note,
    failures = r.failures + v.failed
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, wait_s float8, note text, failed int)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
