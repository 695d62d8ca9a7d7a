-- A person has held records tried again: from the beginning, from where a document was decided, or
-- back to where they were, if they were posted or exported. What was exported is not reported again.
-- Counting the attempt fences off whoever held them before. A worker may trust the settings of a
-- connection for a few seconds after they were replaced: what the old ones held waits as long.
UPDATE record r
SET status = CASE WHEN r.held_from IN ('posted', 'exported') THEN r.held_from
                  WHEN r.erp_reference IS NULL THEN 'received'
                  ELSE 'posting' END,
    attempt = r.attempt + 1,
    due_at = CASE WHEN r.held_from = 'exported'
                    OR r.held_from = 'posted' AND c.config #>> '{brex,mark_exported}' = 'false'
                  THEN NULL
                  ELSE greatest(clock_timestamp(),
                                c.updated_at + make_interval(secs => %(settled_s)s)) END,
    lease_until = NULL, claims = 0, failures = 0, note = '', reason = NULL, detail = NULL
FROM connection c
WHERE r.id = ANY(%(ids)s) AND r.status = 'held' AND r.held_from IS DISTINCT FROM 'skipped'
  AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
  AND c.id = r.connection_id AND c.removed_at IS NULL
RETURNING c.name, c.erp, r.record_id, r.status
