-- The merchant or vendor of a record of a connection.
SELECT p.payload #>> '{vendor,id}', coalesce(p.payload #>> '{vendor,name}', '')
FROM record r
JOIN record_payload p ON p.record = r.id
WHERE r.connection_id = %(connection_id)s AND r.id = %(record)s
  AND p.payload #>> '{vendor,id}' <> ''
