-- The last run that a person confirmed, if it has all changes of this run, and none was done since.
SELECT confirmed.id
FROM sync_run this
CROSS JOIN LATERAL (
    SELECT id FROM sync_run r
    WHERE r.connection_id = this.connection_id AND r.target = this.target
      AND r.confirmed_at IS NOT NULL
    ORDER BY id DESC LIMIT 1
) AS confirmed
WHERE this.id = %(run)s AND this.connection_id = %(connection_id)s
  AND NOT EXISTS (SELECT FROM sync_run done
                  WHERE done.connection_id = this.connection_id AND done.target = this.target
                    AND done.id > confirmed.id AND done.outcome = 'done')
  AND NOT EXISTS (
      SELECT action, part, company, code, name FROM sync_change WHERE run = this.id
      EXCEPT
      SELECT action, part, company, code, name FROM sync_change WHERE run = confirmed.id)
