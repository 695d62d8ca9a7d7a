-- Take in record ids that Brex has ready: new ones begin, and known ones begin again that wait for just
-- that. What a person settles before it can begin again is marked.
WITH found AS (
    SELECT DISTINCT record_id FROM unnest(%(record_ids)s::text[]) AS record_id
), fresh AS (
    INSERT INTO record (connection_id, record_id, priority)
    SELECT %(connection_id)s, record_id, %(priority)s FROM found ORDER BY record_id
    ON CONFLICT (connection_id, record_id) DO NOTHING
    RETURNING record_id
), again AS (
    UPDATE record r
    SET status = 'received', attempt = r.attempt + 1, due_at = now(), lease_until = NULL,
        claims = 0, reason = NULL, detail = NULL, note = '', announced_again = false
    FROM found f
    WHERE r.connection_id = %(connection_id)s AND r.record_id = f.record_id
      AND r.erp_reference IS NULL
      AND (r.lease_until IS NULL OR r.lease_until < now())
      AND ((r.status = 'held' AND r.reason IN ('not_ready_for_export', 'not_found_in_brex'))
           OR (r.status = 'skipped' AND r.reason = 'returned_to_brex'))
    RETURNING r.record_id
), marked AS (
    UPDATE record r
    SET announced_again = true
    FROM found f
    WHERE r.connection_id = %(connection_id)s AND r.record_id = f.record_id
      AND r.status = 'held' AND r.reason = 'spare_draft_posted' AND r.held_from = 'skipped'
)
SELECT record_id FROM fresh UNION ALL SELECT record_id FROM again
