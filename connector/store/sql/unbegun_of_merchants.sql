-- Mapped records with the supplier of a merchant that has another by now, or none any more, of which nothing
-- was begun in the ERP.
SELECT r.id FROM record r
JOIN record_payload p ON p.record = r.id
JOIN merchant m ON m.connection_id = r.connection_id AND m.merchant_id = p.payload #>> '{vendor,id}'
JOIN erp_document d ON d.record = r.id AND d.document = 1
JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint
WHERE r.connection_id = %(connection_id)s AND r.id > %(after)s AND r.status = 'mapped'
  AND NOT r.decided AND m.merchant_id = ANY(%(ids)s) AND c.content->>'supplier' IS NOT NULL
  AND c.content->>'supplier' IS DISTINCT FROM m.supplier
ORDER BY r.id
LIMIT %(limit)s
