-- A person has changed what mapped records are made by: they begin again, where nobody works on them and
-- nothing was begun in the ERP.
WITH mapped AS (
    SELECT r.id, c.name, c.erp FROM record r
    JOIN connection c ON c.id = r.connection_id AND c.removed_at IS NULL
    WHERE r.id = ANY(%(ids)s) AND r.status = 'mapped' AND NOT r.decided
      AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
    ORDER BY r.id
    FOR UPDATE OF r
)
UPDATE record r
SET status = 'received', attempt = r.attempt + 1, due_at = now(), lease_until = NULL, claims = 0,
    note = '', announced_again = false
FROM mapped
WHERE r.id = mapped.id
RETURNING mapped.name, mapped.erp, r.record_id, r.status
