-- End leases that ended in an error nobody expected; their claims stay counted. What was moved on
-- under its lease, although the answer to that was lost, has no lease any more.
UPDATE record r
SET due_at = clock_timestamp() + make_interval(secs => power(2, r.claims)),
    lease_until = NULL, note = v.note
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, note text)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.lease_until IS NOT NULL
RETURNING r.id
