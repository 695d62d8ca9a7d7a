-- Unfinished records by the id of their value in a field, Brex's or the ERP's.
SELECT v.id, count(DISTINCT r.id)::int
FROM record r
JOIN record_payload p ON p.record = r.id
CROSS JOIN LATERAL jsonb_path_query(
    p.payload, '$.line_items[*].accounting_field_values[*]') AS coded (value)
CROSS JOIN LATERAL (VALUES (coded.value->>'remote_field_value_id'),
                           (coded.value->>'brex_field_value_id')) AS v (id)
WHERE r.connection_id = %(connection_id)s
  AND r.status NOT IN ('posted', 'exported', 'skipped')
  AND %(field)s IN (coded.value->>'remote_field_id', coded.value->>'brex_field_id')
  AND v.id = ANY(%(ids)s)
GROUP BY v.id
