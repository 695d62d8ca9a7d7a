-- A returned record that is held meanwhile, and whose release by Brex comes then, is marked: whoever
-- settles it lets it begin again.

GRANT SELECT (held_from) ON record TO ml_connector_gateway;
GRANT UPDATE (announced_again) ON record TO ml_connector_console;
