-- Merchants as the map has them. What is confirmed is blocked where the ERP has no such supplier that is
-- open, once its suppliers have been read.
SELECT m.merchant_id, m.name, m.supplier, m.found, m.score::float8, m.candidates, m.register_at,
       m.thresholds,
       m.found = 'confirmed'
       AND EXISTS (SELECT FROM erp_reading
                   WHERE connection_id = m.connection_id AND kind = 'supplier')
       AND NOT EXISTS (SELECT FROM erp_entry e
                       WHERE e.connection_id = m.connection_id AND e.kind = 'supplier'
                         AND e.code = m.supplier AND NOT e.blocked AND e.last_seen IS NULL) AS is_blocked
FROM merchant m
WHERE m.connection_id = %(connection_id)s AND m.merchant_id = ANY(%(ids)s)
