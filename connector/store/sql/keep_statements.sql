-- Keeps statements as a page shows them: how many are new, and how many have another period or balance.
WITH given AS (
    SELECT * FROM json_to_recordset(%(rows)s) AS one (
        id text, account_id text, kind text, since date, until date, start_balance bigint,
        end_balance bigint, currency text)
), known AS (
    SELECT (known.since, known.until, known.start_balance, known.end_balance, known.currency)
               IS DISTINCT FROM
           (given.since, given.until, given.start_balance, given.end_balance, given.currency) AS is_changed
    FROM brex_statement known
    JOIN given ON (given.account_id, given.id) = (known.account_id, known.statement_id)
    WHERE known.connection_id = %(connection_id)s
), kept AS (
    INSERT INTO brex_statement (
        connection_id, kind, account_id, statement_id, since, until, start_balance, end_balance, currency,
        seen_in)
    SELECT %(connection_id)s, kind, account_id, id, since, until, start_balance, end_balance, currency,
           %(pull)s
    FROM given
    ON CONFLICT (connection_id, account_id, statement_id) DO UPDATE
        SET since = excluded.since, until = excluded.until, start_balance = excluded.start_balance,
            end_balance = excluded.end_balance, currency = excluded.currency, seen_in = excluded.seen_in
    RETURNING 1
)
SELECT (SELECT count(*) FROM kept) - count(*), count(*) FILTER (WHERE is_changed) FROM known
