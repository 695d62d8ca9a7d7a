-- What Brex announced again before anything was written for it begins again.
UPDATE record r
SET status = 'received', announced_again = false, due_at = now(), lease_until = NULL, claims = 0
FROM unnest(%(ids)s::bigint[], %(attempts)s::int[]) AS v (id, attempt)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.status = 'mapped' AND r.announced_again
