-- Alarms with what became of the messages about them: those that stand, the worst first; or all of
-- them, the newest first.
SELECT a.id, coalesce(c.name, '') AS connection, a.kind, a.key, a.severity, a.what, a.mend,
       a.raised_at, a.last_seen_at, a.resolved_at,
       coalesce((SELECT jsonb_agg(jsonb_build_object(
                    'of', told.of, 'way', d.way, 'message_id', m.message_id, 'tries', d.attempt,
                    'due_at', d.due_at, 'delivered_at', d.delivered_at, 'failed_at', d.failed_at,
                    'why', d.why) ORDER BY d.message, d.way)
                 FROM (VALUES ('raised', a.raised_in), ('resolved', a.resolved_in))
                      AS told (of, message)
                 JOIN alarm_message m ON m.id = told.message
                 JOIN alarm_delivery d ON d.message = m.id), '[]') AS deliveries
FROM alarm a LEFT JOIN connection c ON c.id = a.connection_id
WHERE a.resolved_at IS NULL OR %(all)s
ORDER BY CASE WHEN %(all)s THEN NULL ELSE a.severity END, a.raised_at DESC, a.id DESC
LIMIT %(limit)s
