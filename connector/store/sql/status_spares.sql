-- Drafts that were given up and may still be in the ERP.
SELECT c.name AS connection, r.record_id, d.draft, d.marker, d.erp_reference, d.erp_company,
       d.opened_at, d.tidy_at, d.tidy_tries, d.why
FROM erp_draft d
JOIN record r ON r.id = d.record
JOIN connection c ON c.id = r.connection_id
WHERE d.state = 'spare' AND d.validated_at IS NULL
ORDER BY d.opened_at, d.record, d.draft
LIMIT %(limit)s
