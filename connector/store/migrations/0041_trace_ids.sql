-- What Brex calls the report of a record that it took, by which its support finds the call: it stands in the
-- history, with the move to exported.

ALTER TABLE record ADD COLUMN brex_trace_id text;
GRANT UPDATE (brex_trace_id) ON record TO ml_connector_worker;

CREATE OR REPLACE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record_history (record, event, from_status, to_status, attempt, detail)
    VALUES (NEW.id, 'moved', CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.status,
            NEW.attempt,
            CASE WHEN NEW.reason IS NOT NULL
                 THEN coalesce(NEW.detail, '{}') || jsonb_build_object('reason', NEW.reason)
                 WHEN TG_OP = 'UPDATE' AND OLD.status = 'posted' AND NEW.status = 'exported'
                      AND NEW.brex_trace_id <> ''
                 THEN jsonb_build_object('trace_id', NEW.brex_trace_id) END);
    RETURN NULL;
END $$;
