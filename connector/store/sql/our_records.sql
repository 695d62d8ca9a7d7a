-- Records as the reconciliation sees them: where each stands, who skipped it, and why it is stopped.
SELECT r.id, r.record_id, r.status, coalesce(r.reason, ''), coalesce(r.detail, '{}'),
       CASE WHEN r.status = 'skipped' THEN (
           SELECT h.actor FROM record_history h WHERE h.record = r.id AND h.to_status = 'skipped'
           ORDER BY h.id DESC LIMIT 1) END
FROM record r
WHERE r.connection_id = %(connection_id)s AND r.record_id = ANY(%(record_ids)s)
