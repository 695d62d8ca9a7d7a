-- Records that are finished, or were when they were held, which Brex has in another version than was
-- compared last: each with what Brex had sent when its documents were made.
SELECT r.id, r.record_id, r.attempt, r.version, coalesce(r.seen_version, r.version), p.payload
FROM unnest(%(record_ids)s::text[], %(versions)s::int[]) AS seen (record_id, version)
CROSS JOIN LATERAL (
    SELECT * FROM record
    WHERE connection_id = %(connection_id)s AND record_id = seen.record_id
      AND coalesce(seen_version, version) <> seen.version
      AND (status = 'exported' OR (status = 'posted' AND due_at IS NULL)
           OR (status = 'held' AND held_from IN ('posted', 'exported')))
) AS r
JOIN record_payload p ON p.record = r.id
