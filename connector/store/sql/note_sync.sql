WITH noted AS (
    UPDATE sync_run SET entries = %(entries)s,
        created = %(created)s, renamed = %(renamed)s, disabled = %(disabled)s, enabled = %(enabled)s
    WHERE id = %(run)s AND connection_id = %(connection_id)s AND finished_at IS NULL
    RETURNING id
)
INSERT INTO sync_change (run, action, part, company, code, name, before, records, rules)
SELECT noted.id, c.action, c.part, c.company, c.code, c.name, c.before, c.records, c.rules
FROM noted CROSS JOIN jsonb_to_recordset(%(changes)s) AS c (
    action text, part text, company text, code text, name text, before text, records int, rules int)
