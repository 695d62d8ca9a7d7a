-- Take due files of a connection that takes receipts, oldest due first. Taking one counts its attempt,
-- which fences every earlier holder. They need what `fetch` needs: that Brex answers reads. What was
-- taken %(alone_from)s times without an orderly end is taken alone, because it may end workers, and once
-- it has been due for longest.
WITH due AS (
    SELECT r.id, r.due_at, r.claims >= %(alone_from)s AS suspect
    FROM connection c
    JOIN receipt r ON r.connection_id = c.id
    WHERE c.id = %(connection_id)s AND c.removed_at IS NULL
      AND c.config #>> '{brex,receipts}' = 'true'
      AND NOT EXISTS (SELECT FROM suspended_work w
                      WHERE w.connection_id = c.id AND w.work = 'fetch')
      AND r.due_at <= now()
    ORDER BY r.due_at, r.id
    LIMIT %(batch)s
    FOR UPDATE OF r SKIP LOCKED
), alone AS (
    SELECT id FROM (SELECT * FROM due ORDER BY due_at, id LIMIT 1) AS longest_due WHERE suspect
), chosen AS (
    SELECT id FROM alone
    UNION ALL
    SELECT id FROM due WHERE NOT suspect AND NOT EXISTS (SELECT FROM alone)
)
UPDATE receipt r
SET attempt = r.attempt + 1,
    claims = r.claims + 1,
    due_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
FROM chosen, record
WHERE r.id = chosen.id AND record.id = r.record
RETURNING r.id, record.record_id, r.receipt_id, r.file, r.attempt, r.failures, r.claims
