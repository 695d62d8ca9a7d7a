-- What Brex says of an expense's billing entity may be mended there: it is asked for again after an hour,
-- and what it says then takes the place of what was kept.

GRANT UPDATE (ids, asked_at) ON billing_entity TO ml_connector_worker;
