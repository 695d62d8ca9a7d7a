-- The queue of held records: one narrow row for each, with what people sort, search and group by, so
-- that a hundred thousand of them are counted by cause from an index. A trigger keeps it.

CREATE TABLE held_record (
    record        bigint PRIMARY KEY REFERENCES record,
    connection_id bigint NOT NULL REFERENCES connection,
    record_id     text NOT NULL,
    -- false once it went on
    is_held       boolean NOT NULL,
    reason        text NOT NULL,
    -- what those that wait for the same thing have in common
    field         text NOT NULL,
    value         text NOT NULL,
    held_at       timestamptz NOT NULL,
    merchant      text NOT NULL,
    booked_on     text NOT NULL,
    amount        numeric NOT NULL,
    currency      text NOT NULL,
    -- who asked for its release, where that takes a second person
    asked_by      text,
    asked_at      timestamptz,
    CHECK ((asked_by IS NULL) = (asked_at IS NULL))
);
CREATE INDEX held_by_cause ON held_record (connection_id, reason, field, value, record) WHERE is_held;
CREATE INDEX held_by_time ON held_record (held_at, record) WHERE is_held;
CREATE INDEX held_by_amount ON held_record (amount, record) WHERE is_held;

-- What a record waits for. Where a reason's value is the record's own, it has nothing in common.
CREATE FUNCTION common_value(reason text, value text) RETURNS text
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE
        WHEN reason IN ('value_unmapped', 'supplier_unknown', 'company_unknown', 'type_on_hold',
                        'offset_account_missing', 'limit_reached')
            THEN coalesce(left(value, 300), '')
        WHEN reason = 'period_closed' THEN coalesce(left(value, 7), '')
        ELSE ''
    END
$$;

CREATE FUNCTION note_held(numbers bigint[]) RETURNS void LANGUAGE sql AS $$
    INSERT INTO held_record (record, connection_id, record_id, is_held, reason, field, value,
                             held_at, merchant, booked_on, amount, currency)
    SELECT r.id, r.connection_id, r.record_id, true, r.reason,
           coalesce(left(r.detail->>'field', 300), ''),
           common_value(r.reason, r.detail->>'value'),
           r.updated_at,
           coalesce(left(p.payload->'vendor'->>'name', 200), ''),
           coalesce(substring(p.payload->>'erp_posting_date' FROM '^\d{4}-\d\d-\d\d'), ''),
           CASE jsonb_typeof(p.payload->'amount'->'amount')
                WHEN 'number' THEN (p.payload->'amount'->'amount')::numeric ELSE 0 END,
           coalesce(left(p.payload->'amount'->>'currency', 10), '')
    FROM record r LEFT JOIN record_payload p ON p.record = r.id
    WHERE r.id = ANY(numbers) AND r.status = 'held'
    ON CONFLICT (record) DO UPDATE
    SET is_held = true, reason = EXCLUDED.reason, field = EXCLUDED.field, value = EXCLUDED.value,
        held_at = EXCLUDED.held_at, merchant = EXCLUDED.merchant, booked_on = EXCLUDED.booked_on,
        amount = EXCLUDED.amount, currency = EXCLUDED.currency, asked_by = NULL, asked_at = NULL
$$;

CREATE FUNCTION keep_queue() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.status = 'held' THEN
        PERFORM note_held(ARRAY[NEW.id]);
    ELSE
        UPDATE held_record SET is_held = false WHERE record = NEW.id;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER keep_queue AFTER UPDATE ON record
    FOR EACH ROW WHEN (
        OLD.status <> NEW.status AND 'held' IN (OLD.status, NEW.status)
        OR NEW.status = 'held' AND (OLD.reason, OLD.detail) IS DISTINCT FROM (NEW.reason, NEW.detail))
    EXECUTE FUNCTION keep_queue();

SELECT note_held(ARRAY(SELECT id FROM record WHERE status = 'held'));

GRANT SELECT, INSERT (record, connection_id, record_id, is_held, reason, field, value, held_at,
                      merchant, booked_on, amount, currency),
      UPDATE (is_held, reason, field, value, held_at, merchant, booked_on, amount, currency,
              asked_by, asked_at)
    ON held_record TO ml_connector_worker;
-- they let records go, and hold none
GRANT SELECT (record), UPDATE (is_held) ON held_record TO ml_connector_gateway;
GRANT SELECT, UPDATE (is_held, asked_by, asked_at) ON held_record TO ml_connector_console;
GRANT SELECT ON held_record TO ml_connector_audit;

-- Errands: what people have workers do, because it takes a secret that the console does not have.
CREATE TABLE errand (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN ('return', 'ping')),
    record        bigint REFERENCES record,
    because       text NOT NULL DEFAULT '',
    asked_by      text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    asked_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- nobody else takes it up before then; null once it is done
    due_at        timestamptz DEFAULT clock_timestamp(),
    done_at       timestamptz,
    outcome       jsonb,
    CHECK ((due_at IS NULL) = (done_at IS NOT NULL)),
    CHECK ((done_at IS NULL) = (outcome IS NULL)),
    CHECK ((kind = 'return') = (record IS NOT NULL))
);
CREATE INDEX errand_due ON errand (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX errand_of_connection ON errand (connection_id, kind, id DESC);
CREATE INDEX errand_of_record ON errand (record, id DESC) WHERE record IS NOT NULL;
-- a record is returned once, whoever asks for it meanwhile
CREATE UNIQUE INDEX errand_once ON errand (record) WHERE due_at IS NOT NULL AND record IS NOT NULL;

GRANT SELECT, INSERT (connection_id, kind, record, because) ON errand TO ml_connector_console;
GRANT SELECT, UPDATE (due_at, done_at, outcome) ON errand TO ml_connector_worker;
GRANT SELECT ON errand TO ml_connector_audit;
