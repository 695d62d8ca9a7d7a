-- When a due run was last handed to a worker. `due_at` moves on once a worker begins it, so that a run
-- whose message was lost is handed out again soon; `started_at` is from then on when it was begun.

ALTER TABLE schedule ADD COLUMN claimed_at timestamptz;
GRANT UPDATE (claimed_at) ON schedule TO ml_connector_worker;
