-- Marks what Brex shows no more: what a pull that was read whole did not show, of its kind and window.
WITH gone_transactions AS (
    UPDATE brex_transaction SET gone_at = now()
    WHERE %(kind)s IN ('card_transactions', 'cash_transactions')
      AND connection_id = %(connection_id)s AND gone_at IS NULL AND seen_in <> %(pull)s
      AND posted_on >= %(since)s AND account_id = %(account)s
      AND kind = split_part(%(kind)s, '_', 1)
    RETURNING 1
), gone_accounts AS (
    UPDATE brex_account SET gone_at = now()
    WHERE %(kind)s IN ('card_accounts', 'cash_accounts')
      AND connection_id = %(connection_id)s AND gone_at IS NULL AND seen_in <> %(pull)s
      AND kind = split_part(%(kind)s, '_', 1)
    RETURNING 1
)
SELECT (SELECT count(*) FROM gone_transactions) + (SELECT count(*) FROM gone_accounts)
