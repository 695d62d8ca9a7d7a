WITH listed AS MATERIALIZED (
    -- were there two values of one remote id, the enabled one would be it
    SELECT DISTINCT ON (v.remote_id) * FROM jsonb_to_recordset(%(values)s) AS v (
        remote_id text, value_id text, value text, disabled boolean)
    ORDER BY v.remote_id, v.disabled
), kept AS (
    INSERT INTO brex_value (connection_id, name, remote_id, value_id, value, disabled)
    SELECT %(connection_id)s, %(name)s, remote_id, value_id, value, disabled FROM listed
    ON CONFLICT (connection_id, name, remote_id) DO UPDATE
    SET value_id = excluded.value_id, value = excluded.value, disabled = excluded.disabled,
        vanished = false
), gone AS (
    UPDATE brex_value b SET vanished = true
    WHERE b.connection_id = %(connection_id)s AND b.name = %(name)s AND NOT b.vanished
      AND NOT EXISTS (SELECT FROM listed l WHERE l.remote_id = b.remote_id)
    RETURNING 1
)
UPDATE brex_field SET known = true, lost = lost + EXISTS (SELECT FROM gone)::int
WHERE connection_id = %(connection_id)s AND name = %(name)s
