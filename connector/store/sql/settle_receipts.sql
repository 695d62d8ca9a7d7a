-- Note what kept files from coming: they are due again after a while (wait_s), or have failed.
UPDATE receipt r
SET state = CASE WHEN v.wait_s IS NULL THEN 'failed' ELSE 'wanted' END,
    due_at = clock_timestamp() + make_interval(secs => v.wait_s),
    settled_at = CASE WHEN v.wait_s IS NULL THEN clock_timestamp() END,
    reason = CASE WHEN v.wait_s IS NULL THEN v.reason END,
    note = v.note, claims = 0, failures = r.failures + v.failed
FROM (VALUES %s) AS v (id, attempt, reason, note, wait_s, failed)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.state = 'wanted'
