-- What the documents of records say that have not begun, and were not counted towards the limits.
SELECT d.record, d.document, c.content
FROM erp_document d
JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint
WHERE d.record = ANY(%(records)s) AND d.counted_on IS NULL AND NOT d.withdrawn
  AND d.erp_reference IS NULL
ORDER BY d.record, d.document
