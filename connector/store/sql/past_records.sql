-- Records that the mapping has had in hand: made documents of, held, or ignored. The documents are those of
-- the version in force: what a repost has reversed, and its reversals, come before the principal.
SELECT r.id, r.record_id, r.status, r.reason,
       r.status = 'held' AND r.held_from = 'fetched' AS held_by_mapping, p.payload, said.contents
FROM record r
JOIN record_payload p ON p.record = r.id
CROSS JOIN LATERAL (
    SELECT jsonb_agg(c.content ORDER BY d.document) AS contents
    FROM erp_document d
    JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint
    WHERE d.record = r.id AND NOT d.withdrawn AND d.document >= r.principal
) AS said
WHERE r.connection_id = %(connection_id)s AND r.received_at >= %(since)s AND r.id > %(after)s
    AND (said.contents IS NOT NULL
         OR r.status = 'held' AND r.held_from = 'fetched'
         OR r.reason = 'ignored_by_policy')
ORDER BY r.id
LIMIT %(limit)s
