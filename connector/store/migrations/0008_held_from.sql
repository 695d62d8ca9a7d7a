-- What is finished may still need a person: a record that was exported, or skipped, can be held, and
-- goes back to where it was. It is never reported to Brex a second time.

ALTER TABLE record ADD COLUMN held_from text;
-- when it was seen that somebody had validated a draft that was given up; a person was told
ALTER TABLE erp_draft ADD COLUMN validated_at timestamptz;
GRANT UPDATE (validated_at) ON erp_draft TO ml_connector_worker;

UPDATE record r
SET held_from = (SELECT h.from_status FROM record_history h
                 WHERE h.record = r.id AND h.to_status = 'held' ORDER BY h.id DESC LIMIT 1)
WHERE r.status = 'held';

CREATE OR REPLACE FUNCTION is_move(old_status text, new_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE old_status
        WHEN 'received' THEN new_status IN ('fetched', 'held')
        WHEN 'fetched'  THEN new_status IN ('mapped', 'held', 'skipped', 'received')
        WHEN 'mapped'   THEN new_status IN ('posting', 'held', 'received')
        WHEN 'posting'  THEN new_status IN ('posted', 'held')
        WHEN 'posted'   THEN new_status IN ('exported', 'held')
        WHEN 'exported' THEN new_status IN ('held')
        WHEN 'held'     THEN new_status IN ('received', 'posting', 'posted', 'exported', 'skipped')
        WHEN 'skipped'  THEN new_status IN ('received', 'held')
        ELSE false
    END
$$;

CREATE OR REPLACE FUNCTION guard_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt < OLD.attempt THEN
        RAISE EXCEPTION 'the attempt of record % cannot decrease', OLD.id USING ERRCODE = 'ML002';
    END IF;
    IF OLD.erp_reference IS NOT NULL AND (
        NEW.erp_reference IS DISTINCT FROM OLD.erp_reference
        OR NEW.erp_company IS DISTINCT FROM OLD.erp_company
        OR NEW.decided_at IS DISTINCT FROM OLD.decided_at
    ) THEN
        RAISE EXCEPTION 'record % is decided on document % for good', OLD.id, OLD.erp_reference
            USING ERRCODE = 'ML003';
    END IF;
    IF (OLD.erp_reference IS NOT NULL OR NEW.status = 'posting') AND OLD.document IS NOT NULL
        AND (NEW.document IS DISTINCT FROM OLD.document
             OR NEW.fingerprint IS DISTINCT FROM OLD.fingerprint) THEN
        RAISE EXCEPTION 'the document of record % is frozen', OLD.id USING ERRCODE = 'ML004';
    END IF;
    IF OLD.document_number IS NOT NULL
        AND NEW.document_number IS DISTINCT FROM OLD.document_number THEN
        RAISE EXCEPTION 'record % keeps its document number', OLD.id USING ERRCODE = 'ML004';
    END IF;
    IF OLD.exported_at IS NOT NULL AND NEW.exported_at IS DISTINCT FROM OLD.exported_at THEN
        RAISE EXCEPTION 'record % was exported once', OLD.id USING ERRCODE = 'ML011';
    END IF;
    NEW.held_from := OLD.held_from;
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        IF NOT is_move(OLD.status, NEW.status) THEN
            RAISE EXCEPTION 'record % cannot move from % to %', OLD.id, OLD.status, NEW.status
                USING ERRCODE = 'ML005';
        END IF;
        IF NEW.status = 'received' AND OLD.erp_reference IS NOT NULL THEN
            RAISE EXCEPTION 'record % is decided and cannot begin again', OLD.id
                USING ERRCODE = 'ML005';
        END IF;
        IF NEW.status = 'posting' AND OLD.status = 'held' AND OLD.erp_reference IS NULL THEN
            RAISE EXCEPTION 'record % is not decided: it begins again', OLD.id
                USING ERRCODE = 'ML005';
        END IF;
        IF OLD.exported_at IS NOT NULL AND NEW.status NOT IN ('held', 'exported') THEN
            RAISE EXCEPTION 'record % was exported: it can be held, and go back to that', OLD.id
                USING ERRCODE = 'ML011';
        END IF;
        IF OLD.status = 'held' AND NEW.status = 'exported' AND OLD.exported_at IS NULL THEN
            RAISE EXCEPTION 'record % was not exported before it was held', OLD.id
                USING ERRCODE = 'ML011';
        END IF;
        NEW.failures := 0;
        NEW.held_from := CASE NEW.status WHEN 'held' THEN OLD.status END;
    END IF;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

-- A held record that is held for another reason from now on: the history has both.
CREATE TRIGGER note_other_reason AFTER UPDATE ON record
    FOR EACH ROW WHEN (OLD.status = 'held' AND NEW.status = 'held'
                       AND OLD.reason IS DISTINCT FROM NEW.reason)
    EXECUTE FUNCTION note_move();
