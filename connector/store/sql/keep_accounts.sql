-- Keeps accounts as a page shows them: how many are new, and how many changed (none are counted).
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s)
        AS one (id text, kind text, name text, status text, balance bigint, currency text)
), known AS (
    SELECT known.account_id FROM brex_account known JOIN given ON given.id = known.account_id
    WHERE known.connection_id = %(connection_id)s
), kept AS (
    INSERT INTO brex_account (connection_id, kind, account_id, name, status, balance, currency, seen_in)
    SELECT %(connection_id)s, kind, id, name, status, balance, currency, %(pull)s FROM given
    ON CONFLICT (connection_id, account_id) DO UPDATE
        SET name = excluded.name, status = excluded.status, balance = excluded.balance,
            currency = excluded.currency, seen_in = excluded.seen_in, gone_at = NULL
    RETURNING 1
)
SELECT (SELECT count(*) FROM kept) - (SELECT count(*) FROM known), 0
