-- Connections with files to get that have been due for a while and that nobody holds.
SELECT c.name FROM connection c
WHERE c.removed_at IS NULL AND c.config #>> '{brex,receipts}' = 'true'
  AND NOT EXISTS (SELECT FROM suspended_work w WHERE w.connection_id = c.id AND w.work = 'fetch')
  AND EXISTS (SELECT FROM receipt r WHERE r.connection_id = c.id
              AND r.due_at <= now() - make_interval(secs => %(overdue_s)s))
