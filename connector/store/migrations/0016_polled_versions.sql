-- What the poll shows in another version than the stored one was announced again, and nobody heard.

GRANT SELECT (id, version) ON record TO ml_connector_gateway;
