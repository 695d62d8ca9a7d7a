-- When a connection got its settings and secrets; `updated_at` counts pauses, too. A token is asked for by
-- nobody who works with older ones.

ALTER TABLE connection ADD COLUMN configured_at timestamptz NOT NULL DEFAULT now();
