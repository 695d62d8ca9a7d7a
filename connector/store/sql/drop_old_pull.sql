-- Ends a part's pull that was broken off long ago, or that has another window.
UPDATE brex_pull SET finished_at = now(), error = concat_ws(': ', 'begun anew', nullif(error, ''))
WHERE connection_id = %(connection_id)s AND kind = %(kind)s AND part = %(part)s
  AND finished_at IS NULL AND lease_until < now()
  AND (since <> %(since)s OR started_at < now() - make_interval(secs => %(goes_on_within_s)s))
