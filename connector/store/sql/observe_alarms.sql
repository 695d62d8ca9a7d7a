-- What was found: raised where it is new, touched where it stands.
INSERT INTO alarm (connection_id, kind, key, severity, what, mend)
SELECT %(connection_id)s, kind, key, severity, what, mend
FROM json_to_recordset(%(rows)s) AS found (kind text, key text, severity text, what text, mend text)
ON CONFLICT (connection_id, kind, key) WHERE resolved_at IS NULL
DO UPDATE SET severity = EXCLUDED.severity, what = EXCLUDED.what, mend = EXCLUDED.mend,
              last_seen_at = now()
RETURNING raised_at = now() AS is_new, kind, key, severity, what
