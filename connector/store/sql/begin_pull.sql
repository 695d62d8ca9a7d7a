-- Begins a part's pull, or takes over the one that was broken off; without a cursor it starts over.
INSERT INTO brex_pull AS old (connection_id, kind, part, since, until, lease_until)
VALUES (%(connection_id)s, %(kind)s, %(part)s, %(since)s, %(until)s,
        now() + make_interval(secs => %(lease_s)s))
ON CONFLICT (connection_id, kind, part) WHERE finished_at IS NULL DO UPDATE
    SET attempt = old.attempt + 1, lease_until = excluded.lease_until, error = '',
        pages = CASE WHEN old.cursor IS NULL THEN 0 ELSE old.pages END,
        rows = CASE WHEN old.cursor IS NULL THEN 0 ELSE old.rows END
    WHERE old.lease_until < now()
RETURNING old.id, old.kind, old.part, old.since, old.until, old.attempt, old.cursor, old.started_at,
          old.finished_at, old.pages, old.rows, old.new, old.changed, old.gone, old.error
