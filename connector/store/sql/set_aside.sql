-- A person takes a held record out of the way, and its open drafts are given up with it. `attempt`
-- is that of a claim, or null: then nobody may be at it.
WITH aside AS (
    UPDATE record r
    SET status = 'skipped', reason = %(reason)s,
        detail = %(detail)s::jsonb,
        attempt = r.attempt + 1, due_at = NULL, lease_until = NULL, claims = 0, failures = 0,
        note = ''
    FROM connection c
    WHERE r.id = %(record)s AND r.status = 'held' AND r.exported_at IS NULL
      AND c.id = r.connection_id
      AND CASE WHEN %(attempt)s::int IS NULL
               THEN r.lease_until IS NULL OR r.lease_until < clock_timestamp()
               ELSE r.attempt = %(attempt)s::int END
    RETURNING r.id, c.name, c.erp, r.record_id, r.status
), given_up AS (
    UPDATE erp_draft d SET state = 'spare', why = %(why)s
    FROM aside WHERE d.record = aside.id AND d.state = 'open'
)
SELECT name, erp, record_id, status FROM aside
