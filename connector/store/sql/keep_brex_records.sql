-- Keeps accounting records as a page shows them, unless a later version is kept: how many are new, and how
-- many are at a later version.
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS one (
        id text, source_id text, type text, source_type text, review_status text, amount numeric,
        currency text, erp_posting_date timestamptz, posted_at timestamptz, updated_at timestamptz,
        vendor text, version bigint)
), known AS (
    SELECT given.version > known.version AS is_changed
    -- OFFSET 0 has each id looked up by itself, also where no statistics say how many there are
    FROM given CROSS JOIN LATERAL (
        SELECT version FROM brex_record
        WHERE connection_id = %(connection_id)s AND record_id = given.id OFFSET 0) AS known
), kept AS (
    INSERT INTO brex_record AS known (
        connection_id, record_id, source_id, type, source_type, review_status, amount, currency,
        erp_posting_date, posted_at, updated_at, vendor, version, seen_in)
    SELECT %(connection_id)s, id, source_id, type, source_type, review_status, amount, currency,
           erp_posting_date, posted_at, updated_at, vendor, version, %(pull)s
    FROM given
    ON CONFLICT (connection_id, record_id) DO UPDATE
        SET source_id = excluded.source_id, type = excluded.type, source_type = excluded.source_type,
            review_status = excluded.review_status, amount = excluded.amount,
            currency = excluded.currency, erp_posting_date = excluded.erp_posting_date,
            posted_at = excluded.posted_at, updated_at = excluded.updated_at, vendor = excluded.vendor,
            version = excluded.version, seen_in = excluded.seen_in
        WHERE known.version <= excluded.version
)
SELECT (SELECT count(*) FROM given) - count(*), count(*) FILTER (WHERE is_changed) FROM known
