-- Accounting records, the deliveries that announced them, and their history.

CREATE TABLE webhook_delivery (
    connection_id bigint NOT NULL REFERENCES connection,
    webhook_id    text NOT NULL CHECK (length(webhook_id) <= 128),
    event_type    text NOT NULL,
    body_sha256   bytea NOT NULL,
    record_ids    text[] NOT NULL,
    disposition   text NOT NULL,
    signed_at     timestamptz NOT NULL,
    received_at   timestamptz NOT NULL DEFAULT now(),
    deliveries    int NOT NULL DEFAULT 1,
    PRIMARY KEY (connection_id, webhook_id)
);
CREATE INDEX webhook_delivery_newest ON webhook_delivery (connection_id, received_at DESC);

CREATE TABLE record (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id  bigint NOT NULL REFERENCES connection,
    record_id      text NOT NULL CHECK (record_id ~ '^[A-Za-z0-9_-]{1,128}$'),
    status         text NOT NULL DEFAULT 'received' CHECK (status IN (
                       'received', 'fetched', 'mapped', 'posting',
                       'posted', 'exported', 'held', 'skipped')),
    step           text GENERATED ALWAYS AS (CASE status
                       WHEN 'received' THEN 'fetch'
                       WHEN 'fetched' THEN 'map'
                       WHEN 'mapped' THEN 'post'
                       WHEN 'posting' THEN 'post'
                       WHEN 'posted' THEN 'export' END) STORED,
    priority       smallint NOT NULL DEFAULT 0 CHECK (priority IN (0, 1)),
    -- the fence: every write of a step says WHERE attempt = …
    attempt        int NOT NULL DEFAULT 0,
    lease_until    timestamptz,
    -- when it may be leased; the end of the lease while it is leased; null when nothing is to do
    due_at         timestamptz DEFAULT now(),
    -- leases since the last orderly end of one: a record that stops workers shows here
    claims         smallint NOT NULL DEFAULT 0,
    -- retried failures since the last move, for the backoff
    failures       int NOT NULL DEFAULT 0,
    reason         text,
    detail         jsonb,
    -- Brex announced it again while a worker had it, or after writing had begun
    announced_again boolean NOT NULL DEFAULT false,
    mapped_at      timestamptz,
    -- what the last wait or failure was about
    note           text NOT NULL DEFAULT '',
    payload        jsonb,
    version        int,
    document       jsonb,
    document_number text,
    fingerprint    text,
    erp_company    text,
    erp_reference  text,
    decided_at     timestamptz,
    voucher        text NOT NULL DEFAULT '',
    received_at    timestamptz NOT NULL DEFAULT now(),
    updated_at     timestamptz NOT NULL DEFAULT now(),
    exported_at    timestamptz,
    UNIQUE (connection_id, record_id),
    CONSTRAINT reason_where_stopped CHECK (
        (status IN ('held', 'skipped')) = (reason IS NOT NULL)),
    CONSTRAINT nothing_due_at_rest CHECK (
        status NOT IN ('held', 'skipped', 'exported') OR due_at IS NULL),
    CONSTRAINT posted_means_decided CHECK (
        status NOT IN ('posted', 'exported') OR erp_reference IS NOT NULL),
    CONSTRAINT mapped_means_document CHECK (
        status NOT IN ('mapped', 'posting', 'posted', 'exported') OR document IS NOT NULL),
    CONSTRAINT decided_means_company CHECK (
        (erp_reference IS NULL) = (decided_at IS NULL)
        AND (erp_reference IS NULL OR erp_company IS NOT NULL))
);
CREATE UNIQUE INDEX record_document_number ON record (connection_id, document_number)
    WHERE document_number IS NOT NULL;
CREATE UNIQUE INDEX record_erp_reference ON record (connection_id, erp_company, erp_reference)
    WHERE erp_reference IS NOT NULL;
CREATE INDEX record_due ON record (connection_id, step, priority, due_at)
    WHERE due_at IS NOT NULL;
CREATE INDEX record_listing ON record (connection_id, status, id);
CREATE INDEX record_by_reason ON record (connection_id, reason, id) WHERE reason IS NOT NULL;
CREATE INDEX record_suspects ON record (claims) WHERE claims >= 2;
CREATE INDEX record_unfinished ON record (received_at) WHERE due_at IS NOT NULL;

CREATE TABLE record_history (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record      bigint NOT NULL REFERENCES record,
    at          timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor       text NOT NULL DEFAULT coalesce(
                    nullif(current_setting('ml_connector.actor', true), ''), session_user),
    event       text NOT NULL,
    from_status text,
    to_status   text,
    attempt     int NOT NULL,
    detail      jsonb
);
CREATE INDEX record_history_of ON record_history (record, id);

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'ML001';
END $$;

CREATE TRIGGER record_history_is_append_only
    BEFORE UPDATE OR DELETE ON record_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER record_history_is_not_emptied
    BEFORE TRUNCATE ON record_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER records_are_never_deleted
    BEFORE DELETE ON record
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- The moves that there are; a test compares them with connector.domain.records.MOVES.
CREATE FUNCTION is_move(old_status text, new_status text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE old_status
        WHEN 'received' THEN new_status IN ('fetched', 'held')
        WHEN 'fetched'  THEN new_status IN ('mapped', 'held', 'skipped', 'received')
        WHEN 'mapped'   THEN new_status IN ('posting', 'held', 'received')
        WHEN 'posting'  THEN new_status IN ('posted', 'held')
        WHEN 'posted'   THEN new_status IN ('exported', 'held')
        WHEN 'held'     THEN new_status IN ('received', 'posting', 'posted', 'skipped')
        WHEN 'skipped'  THEN new_status IN ('received')
        ELSE false
    END
$$;

CREATE FUNCTION guard_record() RETURNS trigger LANGUAGE plpgsql AS $$
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
        NEW.failures := 0;
    END IF;
    NEW.updated_at := clock_timestamp();
    RETURN NEW;
END $$;

CREATE TRIGGER guard_record BEFORE UPDATE ON record
    FOR EACH ROW EXECUTE FUNCTION guard_record();

CREATE FUNCTION note_move() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO record_history (record, event, from_status, to_status, attempt, detail)
    VALUES (NEW.id, 'moved', CASE WHEN TG_OP = 'UPDATE' THEN OLD.status END, NEW.status,
            NEW.attempt,
            CASE WHEN NEW.reason IS NOT NULL
                 THEN coalesce(NEW.detail, '{}') || jsonb_build_object('reason', NEW.reason) END);
    RETURN NULL;
END $$;

CREATE TRIGGER note_first_status AFTER INSERT ON record
    FOR EACH ROW EXECUTE FUNCTION note_move();
CREATE TRIGGER note_move AFTER UPDATE ON record
    FOR EACH ROW WHEN (OLD.status IS DISTINCT FROM NEW.status) EXECUTE FUNCTION note_move();
