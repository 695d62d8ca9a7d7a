-- Known records that Brex has ready again begin again where nothing was decided for them and no worker
-- holds them; by an announcement (`announced`) any of these, by the poll those that wait for just that.
-- Others that are announced while on their way, or while a person settles them, are marked.
WITH ids AS (
    SELECT unnest(%(record_ids)s::text[]) AS record_id
), again AS (
    UPDATE record r
    SET status = 'received', attempt = r.attempt + 1, due_at = now(), lease_until = NULL,
        claims = 0, reason = NULL, detail = NULL, note = '', announced_again = false
    FROM ids
    WHERE r.connection_id = %(connection_id)s AND r.record_id = ids.record_id
      AND r.erp_reference IS NULL
      AND (r.lease_until IS NULL OR r.lease_until < now())
      -- somebody validated a spare draft of it: a person settles that, and nobody else
      AND r.reason IS DISTINCT FROM 'spare_draft_posted'
      AND ((%(announced)s AND r.status IN ('fetched', 'mapped', 'held'))
           OR (r.status = 'held' AND r.reason IN ('not_ready_for_export', 'not_found_in_brex'))
           OR (r.status = 'skipped' AND r.reason = 'returned_to_brex'))
    RETURNING r.record_id
), marked AS (
    UPDATE record r
    SET announced_again = true
    FROM ids
    WHERE r.connection_id = %(connection_id)s AND r.record_id = ids.record_id
      AND ((%(announced)s
            AND (r.status IN ('posting', 'posted')
                 OR (r.status IN ('received', 'fetched', 'mapped', 'held')
                     AND r.lease_until >= now())
                 OR (r.status = 'held' AND r.erp_reference IS NOT NULL)))
           OR (r.status = 'held' AND r.reason = 'spare_draft_posted' AND r.held_from = 'skipped'))
)
SELECT record_id FROM again
