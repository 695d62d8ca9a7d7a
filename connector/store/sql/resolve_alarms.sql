-- What was looked for and not found any more is resolved; kinds that were not checked are left alone,
-- and so are keys before those that were, and those of a kind that was not told whole.
UPDATE alarm a SET resolved_at = now()
WHERE a.connection_id IS NOT DISTINCT FROM %(connection_id)s
  AND a.kind = ANY(%(kinds)s) AND a.resolved_at IS NULL
  AND a.key >= %(since)s COLLATE "C"
  AND NOT EXISTS (SELECT FROM json_to_recordset(%(rows)s) AS found (kind text, key text)
                  WHERE found.kind = a.kind AND found.key IN (a.key, %(more)s))
RETURNING a.kind, a.key
