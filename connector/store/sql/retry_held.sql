-- A person has held records tried again: from the beginning, from where a document was decided, or
-- back to where they were, if they were posted, exported or skipped. What was exported is not reported
-- again; what was returned to Brex and released there meanwhile begins again.
-- Counting the attempt fences off whoever held them before. A worker may trust the settings of a
-- connection for a few seconds after they were replaced: what the old ones held waits as long.
WITH held AS (
    SELECT r.id, c.name, c.erp, before.detail AS skipped,
           CASE WHEN r.held_from IN ('posted', 'exported') THEN r.held_from
                WHEN r.held_from = 'skipped' AND NOT (
                    r.announced_again AND before.detail->>'reason' = 'returned_to_brex')
                THEN 'skipped'
                WHEN r.decided THEN 'posting'
                ELSE 'received' END AS status,
           c.config #>> '{brex,mark_exported}' IS DISTINCT FROM 'false' AS is_told,
           greatest(clock_timestamp(),
                    c.updated_at + make_interval(secs => %(settled_s)s)) AS settled_at
    FROM record r
    JOIN connection c ON c.id = r.connection_id AND c.removed_at IS NULL
    LEFT JOIN LATERAL (
        SELECT h.detail FROM record_history h
        WHERE h.record = r.id AND h.to_status = 'skipped' ORDER BY h.id DESC LIMIT 1
    ) AS before ON r.held_from = 'skipped'
    WHERE r.id = ANY(%(ids)s) AND r.status = 'held'
      AND (r.lease_until IS NULL OR r.lease_until < clock_timestamp())
    ORDER BY r.id
    FOR UPDATE OF r
)
UPDATE record r
SET status = held.status,
    attempt = r.attempt + 1,
    due_at = CASE WHEN held.status IN ('exported', 'skipped')
                    OR held.status = 'posted' AND NOT held.is_told
                  THEN NULL ELSE held.settled_at END,
    reason = CASE held.status WHEN 'skipped' THEN held.skipped->>'reason' END,
    detail = CASE held.status WHEN 'skipped' THEN held.skipped - 'reason' END,
    announced_again = r.announced_again AND held.status IN ('posting', 'posted', 'exported'),
    lease_until = NULL, claims = 0, failures = 0, note = ''
FROM held
WHERE r.id = held.id
RETURNING held.name, held.erp, r.record_id, r.status
