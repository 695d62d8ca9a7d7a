-- A page of the merchants of a connection, in the order of their ids: what each stands for, and how many
-- held records want its supplier.
WITH stood AS (
    SELECT m.*, (
        SELECT min(e.name) FROM erp_entry e
        WHERE e.connection_id = m.connection_id AND e.kind = 'supplier' AND e.code = m.supplier
    ) AS supplier_name,
    CASE WHEN m.found = 'confirmed' AND read.kind IS NOT NULL AND NOT EXISTS (
             SELECT FROM erp_entry e
             WHERE e.connection_id = m.connection_id AND e.kind = 'supplier' AND e.code = m.supplier
               AND NOT e.blocked AND e.last_seen IS NULL) THEN 'blocked'
         WHEN m.supplier IS NOT NULL THEN 'matched'
         WHEN m.register_at IS NULL THEN 'new'
         ELSE 'unmatched' END AS state
    FROM merchant m
    LEFT JOIN erp_reading read ON read.connection_id = m.connection_id AND read.kind = 'supplier'
    WHERE m.connection_id = %(connection_id)s
), held AS (
    SELECT merchant_id, count(*) AS waiting
    FROM (
        -- the queue has the merchant's id and name, in an index
        SELECT split_part(h.value, ' ', 1) AS merchant_id FROM held_record h
        WHERE h.connection_id = %(connection_id)s AND h.is_held
          AND h.reason = 'supplier_unknown' AND h.field = 'vendor'
        UNION ALL
        SELECT p.payload #>> '{vendor,id}' FROM record r
        JOIN record_payload p ON p.record = r.id
        WHERE r.connection_id = %(connection_id)s AND r.status = 'held' AND NOT r.decided
          AND r.reason = 'supplier_refused'
    ) AS each
    GROUP BY 1
), counted AS (
    SELECT jsonb_object_agg(state, number) AS counts
    FROM (SELECT state, count(*) AS number FROM stood GROUP BY state) AS each
), page AS (
    SELECT s.merchant_id, s.name, s.state, s.supplier, s.supplier_name, s.found,
           s.score::float8 AS score, s.candidates, coalesce(held.waiting, 0) AS waiting,
           s.first_seen, s.matched_at, s.matched_by
    FROM stood s LEFT JOIN held USING (merchant_id)
    WHERE s.merchant_id > %(after)s AND (%(state)s::text IS NULL OR s.state = %(state)s)
      AND (%(search)s = '' OR s.name ILIKE %(like)s OR s.supplier_name ILIKE %(like)s
           OR %(search)s IN (s.merchant_id, s.supplier))
    ORDER BY s.merchant_id
    LIMIT %(limit)s
)
SELECT counted.counts, to_jsonb(page) FROM counted LEFT JOIN page ON true ORDER BY page.merchant_id
