INSERT INTO erp_reading AS r (connection_id, kind, read_at, changed_at)
VALUES (%(connection_id)s, %(kind)s, %(read_at)s, %(read_at)s)
ON CONFLICT (connection_id, kind) DO UPDATE SET read_at = excluded.read_at
    WHERE r.read_at < excluded.read_at
RETURNING 1
