-- Take up to %(batch)s due records for a step: those that were asked for, then live work before
-- backfill, oldest due first. Taking one counts its attempt, which fences every earlier holder.
-- Nothing is taken that needs a peer which does not answer, unless to see whether it does again; nor what
-- writes, of a connection that is paused or in shadow.
-- What was taken %(alone_from)s times without an orderly end is taken alone, because it may end workers,
-- and in its turn: once nothing that goes before it has been due for longer.
WITH open_connection AS (
    SELECT id FROM connection
    WHERE id = %(connection_id)s AND removed_at IS NULL
      AND NOT EXISTS (
          SELECT FROM halted_work WHERE connection_id = connection.id AND work = %(step)s)
      AND (%(on_trial)s OR NOT EXISTS (
          SELECT FROM suspended_work WHERE connection_id = connection.id AND work = %(step)s))
), asked AS (
    SELECT r.id, r.claims, r.priority, r.due_at FROM record r
    JOIN open_connection c ON c.id = r.connection_id
    WHERE r.record_id = ANY(%(record_ids)s) AND r.next_step = %(step)s
      AND r.due_at <= now() AND r.claims < %(max_claims)s
    ORDER BY r.id
    LIMIT %(batch)s
    FOR UPDATE OF r SKIP LOCKED
), others AS (
    SELECT due.id, due.claims, lane.priority, due.due_at
    FROM open_connection c
    CROSS JOIN (VALUES (0), (1)) AS lane (priority)
    CROSS JOIN LATERAL (
        SELECT r.id, r.claims, r.due_at FROM record r
        WHERE r.connection_id = c.id AND r.next_step = %(step)s AND r.priority = lane.priority
          AND r.due_at <= now() AND r.claims < %(max_claims)s
        ORDER BY r.due_at
        LIMIT %(batch)s
        FOR UPDATE OF r SKIP LOCKED
    ) AS due
), candidates AS (
    SELECT *, claims >= %(alone_from)s AS suspect, 0 AS rank FROM asked
    UNION ALL
    SELECT *, claims >= %(alone_from)s, 1 FROM others WHERE id NOT IN (SELECT id FROM asked)
), alone AS (
    SELECT id FROM (SELECT * FROM candidates ORDER BY priority, due_at, id LIMIT 1) AS longest_due
    WHERE suspect
), chosen AS (
    SELECT id FROM alone
    UNION ALL
    (SELECT id FROM candidates WHERE NOT suspect AND NOT EXISTS (SELECT FROM alone)
     ORDER BY rank, priority, due_at LIMIT %(batch)s)
)
UPDATE record r
SET attempt = r.attempt + 1,
    claims = r.claims + 1,
    lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s),
    due_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
FROM chosen
WHERE r.id = chosen.id
RETURNING r.id, r.connection_id, r.record_id, r.status, r.attempt, r.lease_until, r.failures,
    r.claims, r.moves_day
