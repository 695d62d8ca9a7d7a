-- Each connection with its counts. Only the index record_listing is read for the finished, only
-- what is due for the unfinished.
WITH counted AS (
    SELECT connection_id, status, count(*) AS number FROM record GROUP BY connection_id, status
), unfinished AS (
    SELECT connection_id, count(*) AS number, min(received_at) AS oldest
    FROM record WHERE due_at IS NOT NULL GROUP BY connection_id
)
SELECT c.name AS connection, c.erp, c.paused_at, coalesce(c.config->>'mode', 'live') AS mode,
       coalesce((SELECT jsonb_object_agg(status, number) FROM counted
                 WHERE connection_id = c.id), '{}') AS records,
       coalesce(u.number, 0) AS unfinished,
       u.oldest AS oldest_unfinished_at,
       extract(epoch FROM now() - u.oldest)::float8 AS oldest_unfinished_s,
       last.received_at AS last_webhook_at, last.event_type AS last_webhook_event,
       last.disposition AS last_webhook_disposition
FROM connection c
LEFT JOIN unfinished u ON u.connection_id = c.id
LEFT JOIN LATERAL (
    SELECT received_at, event_type, disposition FROM webhook_delivery d
    WHERE d.connection_id = c.id ORDER BY received_at DESC LIMIT 1
) AS last ON true
WHERE c.removed_at IS NULL
ORDER BY c.name
