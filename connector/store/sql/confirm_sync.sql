UPDATE sync_run SET confirmed_at = now(), confirmed_by = %(who)s
WHERE outcome = 'needs_confirmation'
  AND id = (SELECT id FROM sync_run
            WHERE connection_id = %(connection_id)s AND target = %(target)s AND NOT dry_run
              AND outcome NOT IN ('failed', 'abandoned')
            ORDER BY id DESC LIMIT 1)
  AND (%(run)s::bigint IS NULL OR id = %(run)s AND confirmed_at IS NULL)
