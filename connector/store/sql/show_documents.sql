-- The documents of a record, in the order in which they are posted, with what they say.
SELECT d.document, d.kind, d.number, d.erp_company, d.erp_reference, d.voucher, d.mapped_at,
       d.decided_at, d.posted_at, d.withdrawn, c.content
FROM erp_document d
JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint
WHERE d.record = %(record)s
ORDER BY d.document
