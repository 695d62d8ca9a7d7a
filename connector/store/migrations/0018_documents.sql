-- A record becomes one ERP document or several: what each says, and what the ERP made of it, stand in
-- tables of their own, and so does what Brex sent. Every process of the version before is stopped for
-- this step. One that was forgotten finds no column `step` any more, and takes no record up.

ALTER TABLE record RENAME COLUMN step TO next_step;
-- a document of it was decided: it never begins again
ALTER TABLE record ADD COLUMN decided boolean NOT NULL DEFAULT false;

CREATE TABLE record_payload (
    record  bigint PRIMARY KEY REFERENCES record,
    payload jsonb NOT NULL
);

-- What a document says, under its fingerprint; it stays as long as a document or a draft says it.
CREATE TABLE erp_content (
    record      bigint NOT NULL REFERENCES record,
    fingerprint text NOT NULL,
    content     jsonb NOT NULL,
    PRIMARY KEY (record, fingerprint)
);

-- The documents of a record, in the order in which they are posted, one after the other.
CREATE TABLE erp_document (
    record        bigint NOT NULL REFERENCES record,
    document      smallint NOT NULL CHECK (document BETWEEN 1 AND 99),
    connection_id bigint NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN ('supplier_invoice', 'gl_entry')),
    number        text NOT NULL,
    fingerprint   text NOT NULL,
    erp_company   text NOT NULL,
    mapped_at     timestamptz NOT NULL DEFAULT now(),
    -- the record has fewer documents now than it once had
    withdrawn     boolean NOT NULL DEFAULT false,
    erp_reference text,
    decided_at    timestamptz,
    voucher       text NOT NULL DEFAULT '',
    posted_at     timestamptz,
    PRIMARY KEY (record, document),
    FOREIGN KEY (record, fingerprint) REFERENCES erp_content,
    CONSTRAINT decided_at_a_time CHECK ((erp_reference IS NULL) = (decided_at IS NULL)),
    CONSTRAINT posted_means_decided CHECK (posted_at IS NULL OR erp_reference IS NOT NULL)
);

INSERT INTO record_payload (record, payload)
SELECT id, payload FROM record WHERE payload IS NOT NULL;

INSERT INTO erp_content (record, fingerprint, content)
SELECT id, fingerprint, document FROM record WHERE document IS NOT NULL;

-- drafts of a document that was replaced since: as it was, with their own company and supplier
INSERT INTO erp_content (record, fingerprint, content)
SELECT DISTINCT ON (d.record, d.fingerprint) d.record, d.fingerprint,
       r.document || jsonb_build_object(
           'supplier', coalesce(d.erp_supplier, r.document->>'supplier'),
           'company', (SELECT jsonb_agg(jsonb_build_array(pair.value->0, part.value) ORDER BY nth)
                       FROM jsonb_array_elements(r.document->'company') WITH ORDINALITY AS pair (value, nth)
                       JOIN unnest(string_to_array(d.erp_company, '/')) WITH ORDINALITY AS part (value, nth)
                           USING (nth)))
FROM erp_draft d JOIN record r ON r.id = d.record
ON CONFLICT DO NOTHING;

INSERT INTO erp_document (record, document, connection_id, kind, number, fingerprint, erp_company,
                          mapped_at, erp_reference, decided_at, voucher, posted_at)
SELECT id, 1, connection_id, 'supplier_invoice', document_number, fingerprint, erp_company,
       coalesce(mapped_at, updated_at), erp_reference, decided_at, voucher,
       -- the moment itself was not kept but in the history
       CASE WHEN status IN ('posted', 'exported') OR held_from IN ('posted', 'exported')
              OR exported_at IS NOT NULL
            THEN coalesce((SELECT min(h.at) FROM record_history h
                           WHERE h.record = record.id AND h.to_status = 'posted'), decided_at) END
FROM record WHERE document IS NOT NULL;

CREATE UNIQUE INDEX erp_document_number ON erp_document (connection_id, number);
CREATE UNIQUE INDEX erp_document_reference
    ON erp_document (connection_id, erp_company, kind, erp_reference) WHERE erp_reference IS NOT NULL;

-- a draft belongs to one of the record's documents
ALTER TABLE erp_draft ADD COLUMN document smallint NOT NULL DEFAULT 1;
ALTER TABLE erp_draft ALTER COLUMN document DROP DEFAULT;
ALTER TABLE erp_draft DROP COLUMN erp_supplier;
ALTER TABLE erp_draft
    ADD FOREIGN KEY (record, document) REFERENCES erp_document,
    ADD FOREIGN KEY (record, fingerprint) REFERENCES erp_content;
DROP INDEX erp_draft_one_decided;
CREATE UNIQUE INDEX erp_draft_one_decided ON erp_draft (record, document) WHERE state = 'decided';

-- a triggered record would seem to have been worked on
ALTER TABLE record DISABLE TRIGGER USER;
UPDATE record SET decided = true WHERE erp_reference IS NOT NULL;
ALTER TABLE record ENABLE TRIGGER USER;

ALTER TABLE record
    DROP COLUMN payload, DROP COLUMN document, DROP COLUMN document_number,
    DROP COLUMN fingerprint, DROP COLUMN erp_company, DROP COLUMN erp_reference,
    DROP COLUMN decided_at, DROP COLUMN voucher, DROP COLUMN mapped_at;
ALTER TABLE record ADD CONSTRAINT posted_means_decided CHECK (
    status NOT IN ('posted', 'exported') OR decided);

CREATE TRIGGER contents_never_change BEFORE UPDATE OR DELETE ON erp_content
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER documents_are_never_deleted BEFORE DELETE ON erp_document
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE FUNCTION guard_new_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    current_status text;
BEGIN
    SELECT status, connection_id INTO current_status, NEW.connection_id
        FROM record WHERE id = NEW.record;
    IF current_status NOT IN ('fetched', 'mapped', 'held') THEN
        RAISE EXCEPTION 'the documents of record % are frozen', NEW.record USING ERRCODE = 'ML004';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_new_document BEFORE INSERT ON erp_document
    FOR EACH ROW EXECUTE FUNCTION guard_new_document();

-- Whether a document waits for one that is posted before it.
CREATE FUNCTION is_early(of_record bigint, nth smallint) RETURNS boolean LANGUAGE sql STABLE AS $$
    SELECT nth > 1 AND EXISTS (SELECT FROM erp_document
                               WHERE record = of_record AND document < nth
                                 AND posted_at IS NULL AND NOT withdrawn)
$$;

CREATE FUNCTION guard_document() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    is_frozen boolean;
BEGIN
    IF (NEW.record, NEW.document, NEW.connection_id, NEW.number)
        IS DISTINCT FROM (OLD.record, OLD.document, OLD.connection_id, OLD.number) THEN
        RAISE EXCEPTION 'document %.% keeps its number', OLD.record, OLD.document
            USING ERRCODE = 'ML004';
    END IF;
    IF OLD.erp_reference IS NOT NULL AND (
        (NEW.erp_reference, NEW.erp_company, NEW.kind, NEW.decided_at)
        IS DISTINCT FROM (OLD.erp_reference, OLD.erp_company, OLD.kind, OLD.decided_at)
    ) THEN
        RAISE EXCEPTION 'document %.% is decided as % for good', OLD.record, OLD.document,
            OLD.erp_reference USING ERRCODE = 'ML003';
    END IF;
    IF (NEW.fingerprint, NEW.kind, NEW.erp_company, NEW.withdrawn)
        IS DISTINCT FROM (OLD.fingerprint, OLD.kind, OLD.erp_company, OLD.withdrawn) THEN
        SELECT OLD.erp_reference IS NOT NULL OR status = 'posting'
               OR decided AND NEW.fingerprint <> OLD.fingerprint
            INTO is_frozen FROM record WHERE id = OLD.record;
        IF is_frozen THEN
            RAISE EXCEPTION 'document %.% is frozen', OLD.record, OLD.document
                USING ERRCODE = 'ML004';
        END IF;
    END IF;
    IF OLD.posted_at IS NOT NULL AND (NEW.posted_at, NEW.voucher)
        IS DISTINCT FROM (OLD.posted_at, OLD.voucher) THEN
        RAISE EXCEPTION 'document %.% was posted once', OLD.record, OLD.document
            USING ERRCODE = 'ML003';
    END IF;
    IF OLD.erp_reference IS NULL AND NEW.erp_reference IS NOT NULL
        AND is_early(NEW.record, NEW.document) THEN
        RAISE EXCEPTION 'document %.% waits for the one before it', NEW.record, NEW.document
            USING ERRCODE = 'ML012';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_document BEFORE UPDATE ON erp_document
    FOR EACH ROW EXECUTE FUNCTION guard_document();

CREATE FUNCTION note_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE record SET decided = true WHERE id = NEW.record AND NOT decided;
    RETURN NULL;
END $$;
CREATE TRIGGER note_decision AFTER UPDATE ON erp_document
    FOR EACH ROW WHEN (OLD.erp_reference IS NULL AND NEW.erp_reference IS NOT NULL)
    EXECUTE FUNCTION note_decision();

CREATE OR REPLACE FUNCTION guard_record() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.attempt < OLD.attempt THEN
        RAISE EXCEPTION 'the attempt of record % cannot decrease', OLD.id USING ERRCODE = 'ML002';
    END IF;
    IF OLD.decided AND NOT NEW.decided THEN
        RAISE EXCEPTION 'record % is decided for good', OLD.id USING ERRCODE = 'ML003';
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

CREATE OR REPLACE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND NOT (
        (OLD.state = 'open' AND NEW.state IN ('decided', 'spare'))
        OR (OLD.state = 'spare' AND NEW.state = 'removed')
    ) THEN
        RAISE EXCEPTION 'draft %.% cannot turn from % into %',
            OLD.record, OLD.draft, OLD.state, NEW.state USING ERRCODE = 'ML006';
    END IF;
    IF (OLD.erp_reference IS NOT NULL AND NEW.erp_reference IS DISTINCT FROM OLD.erp_reference)
        OR (NEW.document, NEW.marker, NEW.fingerprint, NEW.erp_company)
            <> (OLD.document, OLD.marker, OLD.fingerprint, OLD.erp_company) THEN
        RAISE EXCEPTION 'draft %.% keeps what it is', OLD.record, OLD.draft
            USING ERRCODE = 'ML006';
    END IF;
    RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- no %ROWTYPE: PL/pgSQL takes the table's name for its own type RECORD when it plans anew
    current_attempt int;
    leased_until timestamptz;
    draft_state text;
    is_closed boolean;
    is_in_turn boolean;
BEGIN
    SELECT attempt, lease_until INTO current_attempt, leased_until
        FROM record WHERE id = NEW.record FOR UPDATE;
    SELECT own.state, d.erp_reference IS NOT NULL OR d.withdrawn, NOT is_early(d.record, d.document)
        INTO draft_state, is_closed, is_in_turn
        FROM erp_draft own
        JOIN erp_document d ON d.record = own.record AND d.document = own.document
        WHERE own.record = NEW.record AND own.draft = NEW.draft;
    IF current_attempt <> NEW.attempt THEN
        RAISE EXCEPTION 'attempt % of record % has been overtaken by %',
            NEW.attempt, NEW.record, current_attempt USING ERRCODE = 'ML007';
    END IF;
    IF leased_until IS NULL OR leased_until < NEW.deadline THEN
        RAISE EXCEPTION 'the lease of record % does not outlive the call', NEW.record
            USING ERRCODE = 'ML007';
    END IF;
    IF NEW.step IN ('head', 'line') AND (draft_state <> 'open' OR is_closed) THEN
        RAISE EXCEPTION 'draft %.% is closed', NEW.record, NEW.draft USING ERRCODE = 'ML008';
    END IF;
    IF NEW.step IN ('head', 'line') AND NOT is_in_turn THEN
        RAISE EXCEPTION 'draft %.% waits for the document before it', NEW.record, NEW.draft
            USING ERRCODE = 'ML012';
    END IF;
    IF NEW.step = 'commit' AND draft_state <> 'decided' THEN
        RAISE EXCEPTION 'draft %.% is not decided on', NEW.record, NEW.draft
            USING ERRCODE = 'ML008';
    END IF;
    IF NEW.step = 'discard' AND draft_state <> 'spare' THEN
        RAISE EXCEPTION 'draft %.% is not spare', NEW.record, NEW.draft USING ERRCODE = 'ML008';
    END IF;
    RETURN NEW;
END $$;

GRANT SELECT (decided) ON record TO ml_connector_gateway;
GRANT UPDATE (decided) ON record TO ml_connector_worker;
GRANT SELECT, INSERT (record, payload), UPDATE (payload) ON record_payload TO ml_connector_worker;
GRANT SELECT, INSERT (record, fingerprint, content) ON erp_content TO ml_connector_worker;
GRANT SELECT, INSERT (record, document, kind, number, fingerprint, erp_company),
      UPDATE (kind, fingerprint, erp_company, mapped_at, withdrawn, erp_reference, decided_at,
              voucher, posted_at)
    ON erp_document TO ml_connector_worker;
GRANT INSERT (document) ON erp_draft TO ml_connector_worker;
GRANT SELECT ON record_payload, erp_content, erp_document
    TO ml_connector_console, ml_connector_audit;
