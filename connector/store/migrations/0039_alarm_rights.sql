-- The workers see when the last webhook came, to tell where none do.
GRANT SELECT (connection_id, received_at) ON webhook_delivery TO ml_connector_worker;
