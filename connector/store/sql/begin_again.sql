-- What Brex announced again before anything was written for it begins again.
UPDATE record r
SET status = 'received', announced_again = false, due_at = now(), lease_until = NULL, claims = 0
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.status = 'mapped' AND r.announced_again
