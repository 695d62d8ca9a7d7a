-- In an outage of writes reads fail as well.
UPDATE outage SET reads_too = true, why = %(why)s
WHERE connection_id = %(connection_id)s AND peer = %(peer)s AND ended_at IS NULL
  AND of_writes AND NOT reads_too
RETURNING greatest(0, extract(epoch FROM probe_at - now()))::int
