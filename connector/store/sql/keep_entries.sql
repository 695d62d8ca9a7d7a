-- One statement, one snapshot: what was read is kept, what was not read is gone. Entries that are as
-- they were are not written.
WITH read AS MATERIALIZED (
    SELECT * FROM jsonb_to_recordset(%(entries)s) AS e (
        part text, company text, code text, name text, blocked boolean, valid_from date,
        valid_to date, extras jsonb)
), kept AS (
    INSERT INTO erp_entry AS e (connection_id, kind, part, company, code, name, blocked, valid_from,
                                valid_to, extras, first_seen)
    SELECT %(connection_id)s, %(kind)s, part, company, code, name, blocked, valid_from, valid_to,
           extras, %(read_at)s
    FROM read
    ON CONFLICT (connection_id, kind, part, company, code) DO UPDATE
    SET name = excluded.name, blocked = excluded.blocked, valid_from = excluded.valid_from,
        valid_to = excluded.valid_to, extras = excluded.extras, last_seen = NULL
    WHERE (e.name, e.blocked, e.valid_from, e.valid_to, e.extras, e.last_seen)
        IS DISTINCT FROM (excluded.name, excluded.blocked, excluded.valid_from, excluded.valid_to,
                          excluded.extras, NULL::timestamptz)
    RETURNING 1
), gone AS (
    UPDATE erp_entry e SET last_seen = %(previous)s
    WHERE e.connection_id = %(connection_id)s AND e.kind = %(kind)s AND e.last_seen IS NULL
      AND NOT EXISTS (SELECT FROM read r
                      WHERE (r.part, r.company, r.code) = (e.part, e.company, e.code))
    RETURNING 1
)
UPDATE erp_reading SET changed_at = %(read_at)s
WHERE connection_id = %(connection_id)s AND kind = %(kind)s
  AND (EXISTS (SELECT FROM kept) OR EXISTS (SELECT FROM gone))
