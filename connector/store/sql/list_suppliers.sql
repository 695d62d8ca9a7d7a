-- A page of the ERP's suppliers, in the order of their numbers. One that is kept in several companies is
-- open where one of them has it open.
SELECT code, min(name), min(extras->>'vat_number'), min(extras->>'organisation_number'),
       min(extras->>'city'), min(extras->>'country'), bool_and(blocked OR last_seen IS NOT NULL)
FROM erp_entry
WHERE connection_id = %(connection_id)s AND kind = 'supplier' AND code > %(after)s
  AND (%(code)s::text IS NULL OR code = %(code)s)
  AND (%(named)s::text IS NULL OR strpos(lower(name), lower(%(named)s)) > 0)
GROUP BY code
ORDER BY code
LIMIT %(limit)s
