-- Reads are answered again: what only reads goes on.
UPDATE outage SET reads_too = false
WHERE connection_id = %(connection_id)s AND peer = %(peer)s AND ended_at IS NULL AND reads_too
RETURNING NULL
