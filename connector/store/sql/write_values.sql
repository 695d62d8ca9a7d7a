WITH kept AS (
    INSERT INTO brex_value (connection_id, name, remote_id, value_id, value, disabled)
    SELECT %(connection_id)s, %(name)s, v.remote_id, v.value_id, v.value, v.disabled
    FROM jsonb_to_recordset(%(values)s) AS v (
        remote_id text, value_id text, value text, disabled boolean)
    ON CONFLICT (connection_id, name, remote_id) DO UPDATE
    SET value_id = excluded.value_id, value = excluded.value, disabled = excluded.disabled,
        vanished = false
)
UPDATE brex_field SET known = true WHERE connection_id = %(connection_id)s AND name = %(name)s
