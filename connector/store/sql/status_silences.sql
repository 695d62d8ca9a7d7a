-- Connections that webhooks came for, and whose records came without one lately.
SELECT c.name AS connection, w.last_at AS last_webhook_at, max(h.at) AS last_record_at,
       count(*) AS records
FROM connection c
CROSS JOIN LATERAL (
    SELECT max(received_at) AS last_at FROM webhook_delivery WHERE connection_id = c.id
) AS w
JOIN record r ON r.connection_id = c.id
JOIN record_history h ON h.record = r.id AND h.from_status IS NULL AND h.to_status = 'received'
WHERE c.removed_at IS NULL AND coalesce((c.config->'brex'->>'webhooks')::boolean, true)
  AND h.at > now() - interval '1 day'
  AND h.at > w.last_at + make_interval(secs => %(silent_s)s)
GROUP BY c.name, w.last_at
ORDER BY c.name
