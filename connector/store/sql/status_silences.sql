-- Connections that webhooks came for, and whose records came without one lately. Where one came just
-- now, no history is read. Where that is told already, it stands until one comes: a day without
-- records says nothing of webhooks.
SELECT c.name AS connection, last.at AS last_webhook_at, seen.last_at AS last_record_at, seen.records
FROM connection c
CROSS JOIN LATERAL (
    SELECT received_at AS at FROM webhook_delivery d
    WHERE d.connection_id = c.id ORDER BY received_at DESC LIMIT 1
) AS last
CROSS JOIN LATERAL (
    SELECT max(h.at) AS last_at, count(*) AS records
    FROM record_history h JOIN record r ON r.id = h.record
    WHERE r.connection_id = c.id AND h.from_status IS NULL AND h.to_status = 'received'
      AND h.at > greatest(now() - interval '1 day',
                          last.at + make_interval(secs => %(silent_s)s))
) AS seen
WHERE c.removed_at IS NULL AND coalesce((c.config->'brex'->>'webhooks')::boolean, true)
  AND last.at < now() - make_interval(secs => %(silent_s)s)
  AND (seen.records > 0
       OR EXISTS (SELECT FROM alarm a
                  WHERE a.connection_id = c.id AND a.kind = 'webhooks_missing'
                    AND a.resolved_at IS NULL AND a.raised_at > last.at))
ORDER BY c.name
