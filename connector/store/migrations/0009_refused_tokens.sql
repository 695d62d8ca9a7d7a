-- Until when a token endpoint that said no is left alone, by all processes; infinity: until the
-- connection is given new credentials.
ALTER TABLE oauth_token ADD COLUMN refused_until timestamptz;

GRANT UPDATE (refused_until) ON oauth_token TO ml_connector_worker;
GRANT SELECT (refused_until) ON oauth_token TO ml_connector_console, ml_connector_audit;
