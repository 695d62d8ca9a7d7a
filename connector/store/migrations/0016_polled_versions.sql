-- The gateway waits until nobody else is moving a record, and then sees where it stands.

GRANT SELECT (id) ON record TO ml_connector_gateway;
