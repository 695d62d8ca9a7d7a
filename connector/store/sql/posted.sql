-- Note documents that the ERP confirmed, each only if its record is still at the attempt that saw it.
-- A record is posted when all its documents are; until then the next one begins under the same lease.
-- Whether Brex is to be told of it is what the connection says now: its worker may have begun under older
-- settings.
WITH mine AS (
    SELECT v.* FROM json_to_recordset(%(rows)s) AS v (id bigint, attempt int, document smallint, voucher text)
    JOIN record r ON r.id = v.id AND r.attempt = v.attempt AND r.status = 'posting'
    ORDER BY r.id
    FOR UPDATE OF r
), confirmed AS (
    UPDATE erp_document d SET voucher = m.voucher, posted_at = clock_timestamp()
    FROM mine m WHERE d.record = m.id AND d.document = m.document AND d.posted_at IS NULL
    RETURNING d.record, NOT EXISTS (
        SELECT FROM erp_document o
        WHERE o.record = d.record AND o.document > d.document AND NOT o.withdrawn) AS is_last
)
UPDATE record r
SET status = CASE WHEN s.is_last THEN 'posted' ELSE r.status END,
    due_at = CASE WHEN NOT s.is_last THEN r.due_at
                  WHEN c.config #>> '{brex,mark_exported}' = 'false' THEN NULL ELSE now() END,
    lease_until = CASE WHEN NOT s.is_last THEN r.lease_until END,
    claims = CASE WHEN s.is_last THEN 0 ELSE r.claims END,
    failures = 0, note = ''
FROM confirmed s, connection c
WHERE r.id = s.record AND c.id = r.connection_id
RETURNING r.id, r.status
