-- Take in record ids: the new ones begin.
INSERT INTO record (connection_id, record_id, priority)
SELECT DISTINCT %(connection_id)s, record_id, %(priority)s
FROM unnest(%(record_ids)s::text[]) AS record_id
ORDER BY record_id
ON CONFLICT (connection_id, record_id) DO NOTHING
RETURNING record_id
