-- Keeps transactions as a page shows them, and what changed ones said before: how many are new, and how
-- many changed their amount, currency or day.
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS one (
        id text, account_id text, kind text, type text, amount bigint, currency text, posted_on date,
        initiated_on date, description text, merchant text, card_id text, expense_id text)
), known AS (
    SELECT known.transaction_id, known.amount, known.currency, known.posted_on,
           (known.amount, known.currency, known.posted_on)
               IS DISTINCT FROM (given.amount, given.currency, given.posted_on) AS is_changed
    -- OFFSET 0 has each id looked up by itself, also where no statistics say how many there are
    FROM given CROSS JOIN LATERAL (
        SELECT * FROM brex_transaction
        WHERE connection_id = %(connection_id)s AND transaction_id = given.id OFFSET 0) AS known
), noted AS (
    INSERT INTO brex_transaction_change (connection_id, transaction_id, pull, amount, currency, posted_on)
    SELECT %(connection_id)s, transaction_id, %(pull)s, amount, currency, posted_on
    FROM known WHERE is_changed
), kept AS (
    INSERT INTO brex_transaction (
        connection_id, transaction_id, kind, account_id, type, amount, currency, posted_on, initiated_on,
        description, merchant, card_id, expense_id, seen_in)
    SELECT %(connection_id)s, id, kind, account_id, type, amount, currency, posted_on, initiated_on,
           description, merchant, card_id, expense_id, %(pull)s
    FROM given
    ON CONFLICT (connection_id, transaction_id) DO UPDATE
        SET account_id = excluded.account_id, type = excluded.type, amount = excluded.amount,
            currency = excluded.currency, posted_on = excluded.posted_on,
            initiated_on = excluded.initiated_on, description = excluded.description,
            merchant = excluded.merchant, card_id = excluded.card_id, expense_id = excluded.expense_id,
            seen_in = excluded.seen_in, gone_at = NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM kept) - count(*), count(*) FILTER (WHERE is_changed) FROM known
