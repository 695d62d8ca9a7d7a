-- How records come in: the last poll that ended well, and what proves a webhook genuine.
SELECT c.name AS connection, s.every_s, s.outcome,
       coalesce(s.watermark, c.created_at) AS polled_at,
       extract(epoch FROM now() - coalesce(s.watermark, c.created_at))::float8 AS silent_s,
       EXISTS (SELECT FROM connection_secret k
               WHERE k.connection_id = c.id AND k.name = 'brex.token') AS has_user_token,
       s.watermark IS NOT NULL AND coalesce((c.config->'brex'->>'webhooks')::boolean, true)
       AND NOT EXISTS (SELECT FROM connection_secret k WHERE k.connection_id = c.id
                       AND starts_with(k.name, 'brex.webhook_secrets.'))
       AND NOT EXISTS (SELECT FROM fetched_webhook_secrets f WHERE f.connection_id = c.id)
           AS lacks_webhook_secret
FROM schedule s JOIN connection c ON c.id = s.connection_id
WHERE s.job = 'poll' AND c.removed_at IS NULL
ORDER BY c.name
