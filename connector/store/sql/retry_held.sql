-- A person has held records tried again: from the beginning, or from where a document was decided.
-- Counting the attempt fences off whoever held them before.
UPDATE record r
SET status = CASE WHEN r.erp_reference IS NULL THEN 'received'
                  WHEN r.reason = 'export_refused' THEN 'posted'
                  ELSE 'posting' END,
    attempt = r.attempt + 1, due_at = clock_timestamp(), lease_until = NULL, claims = 0,
    failures = 0, note = '', reason = NULL, detail = NULL
FROM connection c
WHERE r.id = ANY(%(ids)s) AND r.status = 'held'
  AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
  AND c.id = r.connection_id AND c.removed_at IS NULL
RETURNING c.name, c.erp, r.record_id, r.status
