-- Take in record ids that Brex has ready: new ones begin, and known ones begin again that wait for just
-- that. One that is ready in another version than is stored was announced again, though nobody heard.
-- What a person settles before it can begin again is marked. What is finished is compared elsewhere.
WITH found AS (
    SELECT DISTINCT ON (record_id) record_id, version
    FROM unnest(%(record_ids)s::text[], %(versions)s::int[]) AS found (record_id, version)
    ORDER BY record_id
), fresh AS (
    INSERT INTO record (connection_id, record_id, priority)
    SELECT %(connection_id)s, record_id, %(priority)s FROM found ORDER BY record_id
    ON CONFLICT (connection_id, record_id) DO NOTHING
    RETURNING record_id
), known AS (
    -- as it stands once nobody else is moving it
    SELECT r.* FROM found f CROSS JOIN LATERAL (
        SELECT id, status, reason, lease_until, decided, held_from,
               coalesce(coalesce(seen_version, version) <> f.version, false) AS is_changed
        FROM record WHERE connection_id = %(connection_id)s AND record_id = f.record_id
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
      AND ((k.is_changed AND k.status IN ('fetched', 'mapped', 'held'))
           OR (k.status = 'held' AND k.reason IN ('not_ready_for_export', 'not_found_in_brex'))
           OR (k.status = 'skipped' AND k.reason = 'returned_to_brex'))
    RETURNING r.record_id
), marked AS (
    UPDATE record r
    SET announced_again = true
    FROM known k
    WHERE r.id = k.id
      AND ((k.is_changed
            AND (k.status IN ('posting', 'posted')
                 -- its holder may be late, and read before this changed
                 OR (k.status = 'received' AND k.lease_until IS NOT NULL)
                 OR (k.status IN ('fetched', 'mapped', 'held') AND k.lease_until >= now())
                 OR (k.status = 'held' AND k.decided)))
           OR (k.status = 'held' AND k.reason = 'spare_draft_posted' AND k.held_from = 'skipped'))
)
SELECT record_id FROM fresh UNION ALL SELECT record_id FROM again
