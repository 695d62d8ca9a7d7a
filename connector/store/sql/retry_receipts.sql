-- A person has files tried again that could not be had: of one record, or of all of a connection.
UPDATE receipt r
SET state = 'wanted', due_at = now(), settled_at = NULL, attempt = r.attempt + 1, claims = 0,
    failures = 0, reason = NULL, note = ''
FROM connection c
WHERE r.connection_id = c.id AND c.removed_at IS NULL AND r.state = 'failed'
  AND (%(connection)s::text IS NULL OR c.name = %(connection)s)
  AND (%(record)s::bigint IS NULL OR r.record = %(record)s)
