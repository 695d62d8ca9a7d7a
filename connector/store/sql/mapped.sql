-- Fetched ▶ mapped, each only if it is still at the attempt that mapped it, with its documents. They
-- replace those that it had before; of these, the ones that it has no more are withdrawn. What Brex
-- announced again in the meantime begins again, and so does what names a supplier while its merchant got
-- another. Merchants are locked until this is committed: who corrects one afterwards finds what was mapped.
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS v (
        id bigint, attempt int, mapping int, document smallint, kind text, number text,
        fingerprint text, erp_company text, content jsonb)
), mine AS (
    SELECT g.*, r.connection_id, r.updated_at AS leased_at FROM given g
    JOIN record r ON r.id = g.id AND r.attempt = g.attempt
        AND r.status = 'fetched' AND NOT r.decided
    ORDER BY r.id
    FOR UPDATE OF r
), named AS (
    SELECT g.id, g.leased_at, g.content->>'supplier' AS supplier, m.supplier AS matched, m.matched_at
    FROM mine g
    JOIN record_payload p ON p.record = g.id
    JOIN merchant m
        ON m.connection_id = g.connection_id AND m.merchant_id = p.payload #>> '{vendor,id}'
    ORDER BY m.merchant_id
    FOR SHARE OF m
), said AS (
    INSERT INTO erp_content (record, fingerprint, content)
    SELECT id, fingerprint, content FROM mine
    ON CONFLICT DO NOTHING
), stored AS (
    INSERT INTO erp_document (record, document, kind, number, fingerprint, erp_company)
    SELECT id, document, kind, number, fingerprint, erp_company FROM mine
    ON CONFLICT (record, document) DO UPDATE
    SET kind = excluded.kind, fingerprint = excluded.fingerprint,
        erp_company = excluded.erp_company, mapped_at = now(), withdrawn = false,
        counted_on = NULL
    RETURNING record, document
), withdrawn AS (
    UPDATE erp_document d SET withdrawn = true, counted_on = NULL
    FROM (SELECT id, max(document) AS last FROM mine GROUP BY id) AS now_has
    WHERE d.record = now_has.id AND d.document > now_has.last AND NOT d.withdrawn
)
UPDATE record r
SET status = CASE WHEN r.announced_again OR r.id IN (
            SELECT id FROM named WHERE supplier <> matched AND matched_at > leased_at)
        THEN 'received' ELSE 'mapped' END,
    announced_again = false, due_at = now(), lease_until = NULL, claims = 0, failures = 0, note = '',
    mapping_version = mapped.mapping
FROM (SELECT DISTINCT s.record, m.mapping FROM stored s JOIN mine m ON m.id = s.record) AS mapped
WHERE r.id = mapped.record
RETURNING r.id
