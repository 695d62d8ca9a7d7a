-- End an outage; where `if_idle`, only if no unfinished work needs the peer, else probe again soon.
UPDATE outage o
SET probe_at = now() + make_interval(secs => %(again_s)s),
    ended_at = CASE WHEN NOT (%(if_idle)s AND EXISTS (
        SELECT FROM record r
        JOIN connection c ON c.id = r.connection_id
        WHERE c.id = o.connection_id AND r.due_at IS NOT NULL
          AND r.next_step = CASE o.peer WHEN c.erp THEN 'post' ELSE 'export' END)) THEN now() END
WHERE connection_id = %(connection_id)s AND peer = %(peer)s AND ended_at IS NULL
RETURNING extract(epoch FROM ended_at - began_at)::float8
