-- Receipts: which files Brex names for a record, and the files. Nothing of a record waits for them.

-- Each file once, however many records have it. What is old may be deleted here by whoever owns the
-- tables; the rows below then still say what there was.
CREATE TABLE receipt_content (
    sha256    bytea PRIMARY KEY,
    content   bytea NOT NULL,
    stored_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT content_has_that_hash CHECK (sha256 = sha256(content))
);
-- pictures and PDF are compressed already
ALTER TABLE receipt_content ALTER content SET STORAGE EXTERNAL;

-- One row for each file of a receipt.
CREATE TABLE receipt (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connection,
    record        bigint NOT NULL REFERENCES record,
    receipt_id    text NOT NULL CHECK (receipt_id ~ '^[A-Za-z0-9_-]{1,128}$'),
    file          smallint NOT NULL CHECK (file > 0),
    state         text NOT NULL DEFAULT 'wanted' CHECK (state IN ('wanted', 'stored', 'failed')),
    -- the fence: whoever notes what became of it says WHERE attempt = …
    attempt       int NOT NULL DEFAULT 0,
    -- when it may be leased; the end of the lease while it is leased
    due_at        timestamptz DEFAULT now(),
    -- leases since the last orderly end of one
    claims        smallint NOT NULL DEFAULT 0,
    -- tries that led to nothing, for the backoff
    failures      smallint NOT NULL DEFAULT 0,
    reason        text,
    -- what the last try was about
    note          text NOT NULL DEFAULT '',
    sha256        bytea,
    size          int,
    -- what the host of the file said that it is
    content_type  text,
    added_at      timestamptz NOT NULL DEFAULT now(),
    settled_at    timestamptz,
    UNIQUE (record, receipt_id, file),
    CONSTRAINT due_while_wanted CHECK ((state = 'wanted') = (due_at IS NOT NULL)),
    CONSTRAINT settled_otherwise CHECK ((state = 'wanted') = (settled_at IS NULL)),
    CONSTRAINT reason_where_failed CHECK ((state = 'failed') = (reason IS NOT NULL)),
    CONSTRAINT hash_where_stored CHECK (
        (state = 'stored') = (sha256 IS NOT NULL AND size IS NOT NULL AND content_type IS NOT NULL))
);
CREATE INDEX receipt_due ON receipt (connection_id, due_at) WHERE due_at IS NOT NULL;
CREATE INDEX receipt_failed ON receipt (connection_id, id) INCLUDE (reason) WHERE state = 'failed';

-- The moves that there are; a test compares them with connector.domain.receipts.MOVES.
CREATE FUNCTION is_receipt_move(old_state text, new_state text) RETURNS boolean
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT CASE old_state
        WHEN 'wanted' THEN new_state IN ('stored', 'failed')
        WHEN 'failed' THEN new_state IN ('wanted')
        ELSE false
    END
$$;

CREATE FUNCTION guard_receipt() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state = 'stored' OR NEW.attempt < OLD.attempt
        OR (NEW.state <> OLD.state AND NOT is_receipt_move(OLD.state, NEW.state)) THEN
        RAISE EXCEPTION 'receipt % cannot turn from % into % at attempt %',
            OLD.receipt_id, OLD.state, NEW.state, NEW.attempt USING ERRCODE = 'ML020';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_receipt BEFORE UPDATE ON receipt
    FOR EACH ROW EXECUTE FUNCTION guard_receipt();
CREATE TRIGGER receipts_are_never_deleted BEFORE DELETE ON receipt
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

GRANT SELECT, INSERT (connection_id, record, receipt_id, file),
      UPDATE (state, attempt, due_at, claims, failures, reason, note, sha256, size, content_type,
              settled_at)
    ON receipt TO ml_connector_worker;
-- a worker puts files in; it needs none of them back
GRANT SELECT (sha256), INSERT (sha256, content) ON receipt_content TO ml_connector_worker;
GRANT SELECT ON receipt, receipt_content TO ml_connector_console, ml_connector_audit;
-- in the console, people have failed ones tried again
GRANT UPDATE (state, attempt, due_at, claims, failures, reason, note, settled_at)
    ON receipt TO ml_connector_console;
