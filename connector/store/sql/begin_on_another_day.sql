-- Held because the ERP refused their day: they begin again, to be mapped onto another. What was decided on
-- stays held.
UPDATE record r
SET status = 'received', attempt = r.attempt + 1, due_at = now(), reason = NULL, detail = NULL,
    announced_again = false
WHERE r.id = ANY(%(ids)s) AND r.status = 'held' AND NOT r.decided
