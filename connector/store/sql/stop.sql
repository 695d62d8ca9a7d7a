-- Hold or skip records with a reason. That Brex announced them again stays known.
UPDATE record r
SET status = v.status, reason = v.reason, detail = v.detail, note = '',
    due_at = NULL, lease_until = NULL, claims = 0
FROM (VALUES %s) AS v (id, attempt, status, reason, detail)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
