-- A person lets records that are held for a closed period go into the next open one. Who it is, the session
-- says. What was decided keeps its day.
WITH taken AS (
    SELECT id, attempt FROM record
    WHERE id = ANY(%(ids)s) AND status = 'held' AND reason = 'period_closed'
      AND NOT decided AND NOT moves_day
    ORDER BY id FOR NO KEY UPDATE
), moved AS (
    UPDATE record r SET moves_day = true FROM taken WHERE r.id = taken.id
    RETURNING r.id, taken.attempt
)
INSERT INTO record_history (record, event, attempt)
SELECT id, 'next_period_allowed', attempt FROM moved ORDER BY id
