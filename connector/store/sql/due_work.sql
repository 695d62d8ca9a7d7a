-- What is due and held by nobody, and whose peer answers, by connection and step. The priorities are
-- named for the index record_due, in which they stand before the due time.
SELECT c.name, c.erp, s.step
FROM connection c
CROSS JOIN (VALUES ('fetch'), ('map'), ('post'), ('export')) AS s (step)
WHERE c.removed_at IS NULL
  AND NOT EXISTS (SELECT FROM suspended_work WHERE connection_id = c.id AND work = s.step)
  AND EXISTS (
      SELECT FROM record r
      WHERE r.connection_id = c.id AND r.next_step = s.step AND r.priority IN (0, 1)
        AND r.due_at <= now() - make_interval(secs => %(overdue_s)s)
        AND r.claims < %(max_claims)s)
