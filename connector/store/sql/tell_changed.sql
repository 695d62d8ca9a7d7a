-- Hold finished records that Brex changed behind them, each only if nobody has been at it since it was
-- compared. One that is held for something else stays so, and tells of this too.
UPDATE record r
SET status = 'held', attempt = r.attempt + 1, due_at = NULL, lease_until = NULL, note = '',
    seen_version = v.version, announced_again = false,
    reason = coalesce(r.reason, v.reason),
    detail = CASE WHEN coalesce(r.reason, v.reason) = v.reason THEN v.detail
                  ELSE v.detail || r.detail || jsonb_build_object('message', format(
                      '%%s; %%s', r.detail->>'message', v.detail->>'message')) END
FROM (VALUES %s) AS v (id, attempt, version, reason, detail)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
