-- Received ▶ fetched, each only if it is still at the attempt that fetched it, with what Brex sent.
-- What Brex announced again in the meantime begins again.
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, version int, payload jsonb)
), moved AS (
    UPDATE record r
    SET status = CASE WHEN r.announced_again THEN r.status ELSE 'fetched' END,
        announced_again = false, due_at = now(), lease_until = NULL, claims = 0, failures = 0,
        note = '', version = g.version
    FROM given g
    WHERE r.id = g.id AND r.attempt = g.attempt AND r.status = 'received'
    RETURNING r.id, g.payload
)
INSERT INTO record_payload (record, payload)
SELECT id, payload FROM moved
ON CONFLICT (record) DO UPDATE SET payload = excluded.payload
RETURNING record
