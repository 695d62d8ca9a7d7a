-- A person has held records tried again: from the beginning, or from where a document was decided.
-- Counting the attempt fences off whoever held them before. A worker may trust the settings of a
-- connection for a few seconds after they were replaced: what the old ones held waits as long.
UPDATE record r
SET status = CASE WHEN r.erp_reference IS NULL THEN 'received'
                  WHEN r.reason = 'export_refused' THEN 'posted'
                  ELSE 'posting' END,
    attempt = r.attempt + 1,
    due_at = greatest(clock_timestamp(), c.updated_at + make_interval(secs => %(settled_s)s)),
    lease_until = NULL, claims = 0, failures = 0, note = '', reason = NULL, detail = NULL
FROM connection c
WHERE r.id = ANY(%(ids)s) AND r.status = 'held'
  AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
  AND c.id = r.connection_id AND c.removed_at IS NULL
RETURNING c.name, c.erp, r.record_id, r.status
