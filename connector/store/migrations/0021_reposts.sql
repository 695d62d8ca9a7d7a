-- A later version of a posted record: it is noticed, and may be posted in place of the one before.

-- the newest version that Brex was seen to have, since `version` was fetched
ALTER TABLE record ADD COLUMN seen_version int;
-- the place of the document that stands for the record: the first of the version that is in force
ALTER TABLE record ADD COLUMN principal smallint NOT NULL DEFAULT 1;
-- finished records that Brex announced again, which the next poll asks for
CREATE INDEX record_to_compare ON record (connection_id) WHERE announced_again AND status = 'exported';

CREATE OR REPLACE FUNCTION guard_record() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_reposted constant boolean :=
        OLD.status = 'held' AND NEW.status = 'posting' AND NEW.principal > OLD.principal;
BEGIN
    IF NEW.attempt < OLD.attempt THEN
        RAISE EXCEPTION 'the attempt of record % cannot decrease', OLD.id USING ERRCODE = 'ML002';
    END IF;
    IF OLD.decided AND NOT NEW.decided THEN
        RAISE EXCEPTION 'record % is decided for good', OLD.id USING ERRCODE = 'ML003';
    END IF;
    IF NEW.principal <> OLD.principal AND NOT is_reposted THEN
        RAISE EXCEPTION 'another document stands for record % only with another version', OLD.id
            USING ERRCODE = 'ML003';
    END IF;
    IF OLD.exported_at IS NOT NULL AND NEW.exported_at IS DISTINCT FROM OLD.exported_at
        AND NOT (is_reposted AND NEW.exported_at IS NULL) THEN
        RAISE EXCEPTION 'record % was exported once', OLD.id USING ERRCODE = 'ML011';
    END IF;
    NEW.held_from := OLD.held_from;
    IF NEW.status IS DISTINCT FROM OLD.status THEN
        IF NOT is_move(OLD.status, NEW.status) THEN
            RAISE EXCEPTION 'record % cannot move from % to %', OLD.id, OLD.status, NEW.status
                USING ERRCODE = 'ML005';
        END IF;
        IF NEW.status = 'received' AND OLD.decided THEN
            RAISE EXCEPTION 'record % is decided and cannot begin again', OLD.id
                USING ERRCODE = 'ML005';
        END IF;
        IF NEW.status = 'posting' AND OLD.status = 'held' AND NOT OLD.decided THEN
            RAISE EXCEPTION 'record % is not decided: it begins again', OLD.id
                USING ERRCODE = 'ML005';
        END IF;
        IF NEW.status = 'mapped' AND NOT EXISTS (
            SELECT FROM erp_document WHERE record = NEW.id AND NOT withdrawn) THEN
            RAISE EXCEPTION 'record % has no document', OLD.id USING ERRCODE = 'ML005';
        END IF;
        IF NEW.status = 'posted' AND EXISTS (
            SELECT FROM erp_document
            WHERE record = NEW.id AND posted_at IS NULL AND NOT withdrawn) THEN
            RAISE EXCEPTION 'a document of record % is not posted', OLD.id USING ERRCODE = 'ML005';
        END IF;
        IF NEW.exported_at IS NOT NULL AND OLD.exported_at IS NOT NULL
            AND NEW.status NOT IN ('held', 'exported') THEN
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

-- the poll compares, and may hold what it finds changed
GRANT UPDATE (seen_version) ON record TO ml_connector_worker;
