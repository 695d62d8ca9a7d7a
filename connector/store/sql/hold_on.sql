-- Lengthen live leases before a call, and show that writing has begun.
UPDATE record r
SET lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s),
    due_at = CASE WHEN r.due_at IS NOT NULL
                  THEN clock_timestamp() + make_interval(secs => %(lease_s)s) END,
    status = CASE WHEN r.status = 'mapped' THEN 'posting' ELSE r.status END
FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int)
WHERE r.id = v.id AND r.attempt = v.attempt AND r.lease_until > clock_timestamp()
RETURNING r.id
