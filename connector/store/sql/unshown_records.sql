-- Records that were posted within some days, and that no pull from Brex has shown.
SELECT DISTINCT r.record_id
FROM erp_document d
JOIN record r ON r.id = d.record
WHERE d.connection_id = %(connection_id)s AND d.posted_at >= %(since)s AND d.posted_at < %(until)s
  AND NOT EXISTS (
      SELECT FROM brex_record b
      WHERE b.connection_id = d.connection_id AND b.record_id = r.record_id)
ORDER BY 1
