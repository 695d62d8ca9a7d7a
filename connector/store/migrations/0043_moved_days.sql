-- A person may let held records of a closed period go into the next open one, and these alone: what the
-- policy of their connection says stays.

ALTER TABLE record ADD COLUMN moves_day boolean NOT NULL DEFAULT false;
GRANT UPDATE (moves_day) ON record TO ml_connector_console;
