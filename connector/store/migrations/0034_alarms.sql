-- Alarms, the messages about them, and what became of each message on each way.

CREATE TABLE alarm_message (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- the same in every try on every way
    message_id text NOT NULL UNIQUE,
    made_at    timestamptz NOT NULL DEFAULT now(),
    content    jsonb NOT NULL
);

CREATE TABLE alarm (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- null: of the installation
    connection_id bigint REFERENCES connection,
    kind          text NOT NULL,
    key           text NOT NULL,
    severity      text NOT NULL CHECK (severity IN ('warning', 'critical')),
    what          text NOT NULL,
    mend          text NOT NULL,
    raised_at     timestamptz NOT NULL DEFAULT now(),
    last_seen_at  timestamptz NOT NULL DEFAULT now(),
    resolved_at   timestamptz,
    -- the message that told of it; null: none has yet
    raised_in     bigint REFERENCES alarm_message,
    resolved_in   bigint REFERENCES alarm_message,
    CHECK (resolved_in IS NULL OR resolved_at IS NOT NULL)
);
CREATE UNIQUE INDEX alarm_open ON alarm (connection_id, kind, key) NULLS NOT DISTINCT
    WHERE resolved_at IS NULL;
CREATE INDEX alarm_newest ON alarm (raised_at DESC, id DESC);

-- A message on one way. While `due_at` is not null, one worker at a time claims it by a guarded update.
CREATE TABLE alarm_delivery (
    message      bigint NOT NULL REFERENCES alarm_message,
    way          text NOT NULL CHECK (way IN ('email', 'webhook')),
    due_at       timestamptz DEFAULT now(),
    attempt      int NOT NULL DEFAULT 0,
    why          text NOT NULL DEFAULT '',
    delivered_at timestamptz,
    failed_at    timestamptz,
    PRIMARY KEY (message, way),
    CHECK ((due_at IS NOT NULL)::int + (delivered_at IS NOT NULL)::int
           + (failed_at IS NOT NULL)::int = 1)
);
CREATE INDEX alarm_delivery_due ON alarm_delivery (due_at) WHERE due_at IS NOT NULL;

-- When the alarms are looked at next, and the last day whose message was made.
CREATE TABLE alarm_round (
    only_one boolean PRIMARY KEY DEFAULT true CHECK (only_one),
    due_at   timestamptz NOT NULL DEFAULT now(),
    told_on  date
);
INSERT INTO alarm_round DEFAULT VALUES;

-- What an alarm is about, and when it was raised, stays. It is resolved once, and told of once.
CREATE FUNCTION guard_alarm() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.resolved_at IS DISTINCT FROM NEW.resolved_at AND OLD.resolved_at IS NOT NULL
       OR OLD.raised_in IS DISTINCT FROM NEW.raised_in AND OLD.raised_in IS NOT NULL
       OR OLD.resolved_in IS DISTINCT FROM NEW.resolved_in AND OLD.resolved_in IS NOT NULL
    THEN
        RAISE EXCEPTION 'alarm % was resolved, or told of, before', OLD.id;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_alarm BEFORE UPDATE ON alarm FOR EACH ROW EXECUTE FUNCTION guard_alarm();

GRANT SELECT, INSERT (connection_id, kind, key, severity, what, mend),
      UPDATE (severity, what, mend, last_seen_at, resolved_at, raised_in, resolved_in)
    ON alarm TO ml_connector_worker;
GRANT SELECT, INSERT (message_id, content) ON alarm_message TO ml_connector_worker;
GRANT SELECT, INSERT (message, way),
      UPDATE (due_at, attempt, why, delivered_at, failed_at)
    ON alarm_delivery TO ml_connector_worker;
GRANT SELECT, UPDATE (due_at, told_on) ON alarm_round TO ml_connector_worker;
GRANT SELECT ON alarm, alarm_message, alarm_delivery, alarm_round
    TO ml_connector_console, ml_connector_audit;
-- the gateway counts those that stand, for its metrics
GRANT SELECT (severity, resolved_at) ON alarm TO ml_connector_gateway;
