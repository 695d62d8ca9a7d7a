-- Take up finished records that have drafts to remove; the attempt fences like any lease.
WITH untidy AS (
    SELECT r.id FROM record r
    WHERE r.connection_id = %(connection_id)s
      AND r.status IN ('posted', 'exported', 'held', 'skipped')
      AND (r.lease_until IS NULL OR r.lease_until < now())
      AND EXISTS (SELECT FROM erp_draft d
                  WHERE d.record = r.id AND d.state = 'spare' AND d.tidy_at <= now()
                    AND d.validated_at IS NULL)
    LIMIT %(batch)s
    FOR UPDATE OF r SKIP LOCKED
)
UPDATE record r
SET attempt = r.attempt + 1,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s)
FROM untidy WHERE r.id = untidy.id
RETURNING r.id, r.connection_id, r.record_id, r.status, r.attempt, r.lease_until, r.failures,
    r.claims
