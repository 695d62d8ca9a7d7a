-- Note deliveries, or that they came again, and take in the records of those that are new: new records
-- begin, and known ones begin again where nothing was decided for them and no worker holds them. Others
-- that are announced while on their way, or while a person settles them, are marked. A record that
-- another transaction takes in meanwhile is not seen: it will be fetched later than it was announced here.
WITH given (connection_id, webhook_id, event_type, body_sha256, record_ids, disposition, signed_at) AS (
    VALUES %s
), noted AS (
    INSERT INTO webhook_delivery (
        connection_id, webhook_id, event_type, body_sha256, record_ids, disposition, signed_at)
    SELECT * FROM given ORDER BY connection_id, webhook_id
    ON CONFLICT (connection_id, webhook_id)
        DO UPDATE SET deliveries = webhook_delivery.deliveries + 1
    RETURNING connection_id, webhook_id, deliveries, body_sha256,
        CASE WHEN deliveries = 1 AND disposition = 'accepted' THEN record_ids ELSE '{}' END AS ids
), announced AS (
    SELECT DISTINCT connection_id, record_id
    FROM noted CROSS JOIN unnest(ids) AS record_id
), fresh AS (
    INSERT INTO record (connection_id, record_id)
    SELECT connection_id, record_id FROM announced ORDER BY connection_id, record_id
    ON CONFLICT (connection_id, record_id) DO NOTHING
    RETURNING connection_id, record_id
), known AS (
    -- as it stands once nobody else is moving it
    SELECT r.* FROM (SELECT * FROM announced ORDER BY connection_id, record_id) AS a
    CROSS JOIN LATERAL (
        SELECT id, connection_id, record_id, status, reason, lease_until, decided, held_from
        FROM record WHERE connection_id = a.connection_id AND record_id = a.record_id
        FOR UPDATE
    ) AS r
), again AS (
    UPDATE record r
    SET status = 'received', attempt = r.attempt + 1, due_at = now(), lease_until = NULL,
        claims = 0, reason = NULL, detail = NULL, note = '', announced_again = false
    FROM known k
    WHERE r.id = k.id AND NOT k.decided
      AND (k.lease_until IS NULL OR k.lease_until < now())
      -- somebody validated a spare draft of it: a person settles that, and nobody else
      AND k.reason IS DISTINCT FROM 'spare_draft_posted'
      AND (k.status IN ('fetched', 'mapped', 'held')
           OR (k.status = 'skipped' AND k.reason = 'returned_to_brex'))
    RETURNING r.connection_id, r.record_id
), marked AS (
    UPDATE record r
    SET announced_again = true
    FROM known k
    WHERE r.id = k.id
      AND (k.status IN ('posting', 'posted', 'exported')
           -- its holder may be late, and read before this was announced
           OR (k.status = 'received' AND k.lease_until IS NOT NULL)
           OR (k.status IN ('fetched', 'mapped', 'held') AND k.lease_until >= now())
           OR (k.status = 'held'
               AND (k.decided
                    OR (k.reason = 'spare_draft_posted' AND k.held_from = 'skipped'))))
), taken AS (
    SELECT connection_id, record_id FROM fresh UNION ALL SELECT connection_id, record_id FROM again
)
SELECT n.connection_id, n.webhook_id, n.deliveries, n.body_sha256,
       ARRAY(SELECT record_id FROM unnest(n.ids) AS record_id
             WHERE (n.connection_id, record_id) IN (SELECT connection_id, record_id FROM taken))
FROM noted n
