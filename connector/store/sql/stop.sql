-- Hold or skip records with a reason. That Brex announced them again stays known.
UPDATE record r
SET status = v.status, reason = v.reason, detail = v.detail, note = '',
    due_at = NULL, lease_until = NULL, claims = 0
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, status text, reason text, detail jsonb)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
