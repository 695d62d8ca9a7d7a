-- End leases that ended in an error nobody expected; their claims stay counted.
UPDATE receipt r
SET due_at = clock_timestamp() + make_interval(secs => power(2, r.claims)), note = v.note
FROM (VALUES %s) AS v (id, attempt, note)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.state = 'wanted' AND r.claims > 0
