-- Work that is due and that nobody holds, whose peer answers, by connection and step. Each count stops at the cap.
SELECT c.name, c.erp, s.step, due.count
FROM connection c
CROSS JOIN (VALUES ('fetch'), ('map'), ('post'), ('export')) AS s (step)
CROSS JOIN LATERAL (
    SELECT count(*) AS count FROM (
        SELECT 1 FROM record r
        WHERE r.connection_id = c.id AND r.step = s.step
          AND r.due_at <= now() - make_interval(secs => %(overdue_s)s)
          AND r.claims < %(max_claims)s
        LIMIT %(cap)s
    ) AS overdue
) AS due
WHERE c.removed_at IS NULL AND c.paused_at IS NULL AND due.count > 0
  AND NOT EXISTS (SELECT FROM suspended_work WHERE connection_id = c.id AND work = s.step)
