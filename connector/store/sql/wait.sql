-- End leases without a move: the records are due again later.
UPDATE record r
SET due_at = clock_timestamp() + make_interval(secs => v.wait_s),
    lease_until = NULL, claims = 0, note = v.note,
    failures = r.failures + v.failed
FROM (VALUES %s) AS v (id, attempt, wait_s, note, failed)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
