-- The gateway looks whether its clock is right, and shows in its metrics whether the jobs keep to
-- theirs.

GRANT SELECT (paused_at) ON connection TO ml_connector_gateway;
GRANT SELECT (connection_id, due_at) ON schedule TO ml_connector_gateway;
