-- Keeps those expenses of a page that a transaction names and no record shares: how many are new, and how
-- many have another status.
WITH given AS (
    SELECT one.* FROM json_to_recordset(%(rows)s) AS one (
        id text, status text, payment_status text, merchant text, amount bigint, currency text,
        original_amount bigint, original_currency text, entity text)
    WHERE EXISTS (SELECT FROM brex_transaction t
                  WHERE t.connection_id = %(connection_id)s AND t.expense_id = one.id)
      AND NOT EXISTS (SELECT FROM brex_record r
                      WHERE r.connection_id = %(connection_id)s AND r.source_id = one.id)
), known AS (
    SELECT (known.status, known.payment_status)
               IS DISTINCT FROM (given.status, given.payment_status) AS is_changed
    FROM brex_expense known JOIN given ON given.id = known.expense_id
    WHERE known.connection_id = %(connection_id)s
), kept AS (
    INSERT INTO brex_expense (
        connection_id, expense_id, status, payment_status, merchant, amount, currency, original_amount,
        original_currency, entity, seen_in)
    SELECT %(connection_id)s, id, status, payment_status, merchant, amount, currency, original_amount,
           original_currency, entity, %(pull)s
    FROM given
    ON CONFLICT (connection_id, expense_id) DO UPDATE
        SET status = excluded.status, payment_status = excluded.payment_status,
            merchant = excluded.merchant, amount = excluded.amount, currency = excluded.currency,
            original_amount = excluded.original_amount, original_currency = excluded.original_currency,
            entity = excluded.entity, seen_in = excluded.seen_in
    RETURNING 1
)
SELECT (SELECT count(*) FROM kept) - count(*), count(*) FILTER (WHERE is_changed) FROM known
