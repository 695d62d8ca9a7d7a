-- What Brex announced again while it was worked on begins again; nobody need look at what was wrong with
-- the version before.
UPDATE record r
SET status = 'received', attempt = r.attempt + 1, due_at = now(), reason = NULL, detail = NULL,
    announced_again = false
WHERE r.id = ANY(%(ids)s) AND r.announced_again AND NOT r.decided
  -- a person settles that, and nobody else
  AND r.reason <> 'spare_draft_posted'
