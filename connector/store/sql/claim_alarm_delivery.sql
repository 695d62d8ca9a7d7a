-- The next delivery that is due, for the caller alone until its lease ends.
UPDATE alarm_delivery d
SET attempt = d.attempt + 1, due_at = clock_timestamp() + make_interval(secs => %(lease_s)s)
FROM alarm_message m
WHERE m.id = d.message AND (d.message, d.way) = (
    SELECT message, way FROM alarm_delivery
    WHERE due_at <= clock_timestamp() AND way = ANY(%(ways)s)
    ORDER BY message, way LIMIT 1 FOR UPDATE SKIP LOCKED)
RETURNING d.message, d.way, d.attempt, m.message_id, m.content
