-- Begin an outage unless there is one. One that begins soon after it ended is the same one, and
-- goes on waiting longer.
INSERT INTO outage AS last (connection_id, peer, of_writes, why, wait_s, probe_at)
VALUES (%(connection_id)s, %(peer)s, %(of_writes)s, %(why)s, %(first_s)s,
        now() + make_interval(secs => %(first_s)s))
ON CONFLICT (connection_id, peer) DO UPDATE
SET (of_writes, reads_too, why, began_at, ended_at, wait_s, probe_at) = (
    SELECT excluded.of_writes, false, excluded.why, now(), NULL::timestamptz, next.wait_s,
           now() + make_interval(secs => next.wait_s)
    FROM (SELECT CASE WHEN last.ended_at > now() - make_interval(secs => %(relapse_s)s)
                      THEN least(2 * last.wait_s, %(longest_s)s)
                      ELSE %(first_s)s END) AS next (wait_s))
WHERE last.ended_at IS NOT NULL
RETURNING wait_s
