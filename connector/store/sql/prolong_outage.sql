-- A probe was in vain: wait twice as long for the next.
UPDATE outage
SET wait_s = least(2 * wait_s, %(longest_s)s), why = %(why)s,
    probe_at = now() + make_interval(secs => least(2 * wait_s, %(longest_s)s))
WHERE connection_id = %(connection_id)s AND peer = %(peer)s AND ended_at IS NULL
RETURNING NULL
