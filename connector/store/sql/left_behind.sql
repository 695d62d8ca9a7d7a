-- Held records that want the supplier of a merchant which the map has, open in the ERP as far as that is
-- known: who found it died before they went on.
SELECT r.id FROM record r
JOIN record_payload p ON p.record = r.id
JOIN merchant m ON m.connection_id = r.connection_id AND m.merchant_id = p.payload #>> '{vendor,id}'
WHERE r.connection_id = %(connection_id)s AND r.id > %(after)s
  AND r.status = 'held' AND NOT r.decided
  AND r.reason = 'supplier_unknown' AND r.detail->>'field' = 'vendor' AND m.supplier IS NOT NULL
  AND NOT EXISTS (SELECT FROM erp_entry e
                  WHERE e.connection_id = m.connection_id AND e.kind = 'supplier'
                    AND e.code = m.supplier
                  HAVING bool_and(e.blocked OR e.last_seen IS NOT NULL))
ORDER BY r.id
LIMIT %(limit)s
