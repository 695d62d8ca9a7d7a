-- Take in record ids. New ones begin; known ones that Brex reports ready again begin again where
-- nothing was decided for them and no worker holds them.
WITH ids AS (
    SELECT DISTINCT unnest(%(record_ids)s::text[]) AS record_id
), fresh AS (
    INSERT INTO record (connection_id, record_id, priority)
    SELECT %(connection_id)s, record_id, %(priority)s FROM ids ORDER BY record_id
    ON CONFLICT (connection_id, record_id) DO NOTHING
    RETURNING record_id
), again AS (
    UPDATE record r
    SET status = 'received', due_at = now(), reason = NULL, detail = NULL, note = ''
    FROM ids
    WHERE %(reopen)s
      AND r.connection_id = %(connection_id)s AND r.record_id = ids.record_id
      AND r.erp_reference IS NULL
      AND (r.lease_until IS NULL OR r.lease_until < now())
      AND (r.status IN ('fetched', 'mapped', 'held')
           OR (r.status = 'skipped' AND r.reason = 'returned_to_brex'))
    RETURNING r.record_id
)
SELECT record_id, true FROM fresh UNION ALL SELECT record_id, false FROM again
