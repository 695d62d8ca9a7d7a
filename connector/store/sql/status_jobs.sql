-- What runs by the clock.
SELECT c.name AS connection, s.job, s.every_s, s.due_at, s.started_at, s.finished_at, s.outcome
FROM schedule s JOIN connection c ON c.id = s.connection_id
WHERE c.removed_at IS NULL
ORDER BY c.name, s.job
