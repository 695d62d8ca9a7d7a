-- The write journal: what was, or may have been, written to an ERP.

CREATE TABLE erp_draft (
    record        bigint NOT NULL REFERENCES record,
    draft         int NOT NULL CHECK (draft > 0),
    marker        text NOT NULL,
    fingerprint   text NOT NULL,
    state         text NOT NULL DEFAULT 'open'
                      CHECK (state IN ('open', 'decided', 'spare', 'removed')),
    erp_company   text NOT NULL,
    erp_reference text,
    opened_at     timestamptz NOT NULL DEFAULT now(),
    why           text NOT NULL DEFAULT '',
    -- when a draft that was given up is looked for next, to be removed from the ERP
    tidy_at       timestamptz NOT NULL DEFAULT now() + interval '10 minutes',
    tidy_tries    smallint NOT NULL DEFAULT 0,
    PRIMARY KEY (record, draft),
    CHECK (state <> 'decided' OR erp_reference IS NOT NULL)
);
CREATE UNIQUE INDEX erp_draft_one_open ON erp_draft (record) WHERE state = 'open';
CREATE UNIQUE INDEX erp_draft_one_decided ON erp_draft (record) WHERE state = 'decided';
CREATE INDEX erp_draft_spare ON erp_draft (tidy_at) WHERE state = 'spare';

CREATE TABLE erp_write (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    record        bigint NOT NULL,
    draft         int NOT NULL,
    step          text NOT NULL CHECK (step IN ('head', 'line', 'commit', 'discard')),
    line          int NOT NULL DEFAULT 0,
    attempt       int NOT NULL,
    sent_at       timestamptz NOT NULL DEFAULT clock_timestamp(),
    -- until when the call itself may last; the lease must outlive it
    deadline      timestamptz NOT NULL,
    -- from when on a lost write can be looked for
    settles_at    timestamptz NOT NULL,
    outcome       text NOT NULL DEFAULT 'intent' CHECK (outcome IN (
                      'intent', 'done', 'refused', 'not_sent', 'unknown', 'found', 'absent')),
    looks         smallint NOT NULL DEFAULT 0,
    result        text NOT NULL DEFAULT '',
    code          text NOT NULL DEFAULT '',
    message       text NOT NULL DEFAULT '',
    FOREIGN KEY (record, draft) REFERENCES erp_draft,
    -- the same write is never sent twice into the same draft
    CONSTRAINT erp_write_once UNIQUE (record, draft, step, line)
);

CREATE FUNCTION guard_draft() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.state <> NEW.state AND NOT (
        (OLD.state = 'open' AND NEW.state IN ('decided', 'spare'))
        OR (OLD.state = 'spare' AND NEW.state = 'removed')
    ) THEN
        RAISE EXCEPTION 'draft %.% cannot turn from % into %',
            OLD.record, OLD.draft, OLD.state, NEW.state USING ERRCODE = 'ML006';
    END IF;
    IF (OLD.erp_reference IS NOT NULL AND NEW.erp_reference IS DISTINCT FROM OLD.erp_reference)
        OR NEW.marker <> OLD.marker OR NEW.fingerprint <> OLD.fingerprint
        OR NEW.erp_company <> OLD.erp_company THEN
        RAISE EXCEPTION 'draft %.% keeps what it is', OLD.record, OLD.draft
            USING ERRCODE = 'ML006';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_draft BEFORE UPDATE ON erp_draft
    FOR EACH ROW EXECUTE FUNCTION guard_draft();
CREATE TRIGGER drafts_are_never_deleted BEFORE DELETE ON erp_draft
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- An intent needs the fence, a lease that outlives the call, and the right state of its draft.
CREATE FUNCTION guard_intent() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    -- no %ROWTYPE: PL/pgSQL takes the table's name for its own type RECORD when it plans anew
    current_attempt int;
    leased_until timestamptz;
    decided text;
    draft_state text;
BEGIN
    SELECT attempt, lease_until, erp_reference INTO current_attempt, leased_until, decided
        FROM record WHERE id = NEW.record FOR UPDATE;
    SELECT state INTO draft_state FROM erp_draft
        WHERE erp_draft.record = NEW.record AND erp_draft.draft = NEW.draft;
    IF current_attempt <> NEW.attempt THEN
        RAISE EXCEPTION 'attempt % of record % has been overtaken by %',
            NEW.attempt, NEW.record, current_attempt USING ERRCODE = 'ML007';
    END IF;
    IF leased_until IS NULL OR leased_until < NEW.deadline THEN
        RAISE EXCEPTION 'the lease of record % does not outlive the call', NEW.record
            USING ERRCODE = 'ML007';
    END IF;
    IF NEW.step IN ('head', 'line') AND (draft_state <> 'open' OR decided IS NOT NULL)
    THEN
        RAISE EXCEPTION 'draft %.% is closed', NEW.record, NEW.draft USING ERRCODE = 'ML008';
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
CREATE TRIGGER guard_intent BEFORE INSERT ON erp_write
    FOR EACH ROW EXECUTE FUNCTION guard_intent();
-- Only a write that certainly had no effect may be intended again.
CREATE TRIGGER guard_intent_again BEFORE UPDATE ON erp_write
    FOR EACH ROW WHEN (NEW.outcome = 'intent' AND OLD.outcome <> 'intent')
    EXECUTE FUNCTION guard_intent();

CREATE FUNCTION guard_outcome() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF (NEW.record, NEW.draft, NEW.step, NEW.line) <> (OLD.record, OLD.draft, OLD.step, OLD.line)
        OR (NEW.outcome <> OLD.outcome AND NOT CASE OLD.outcome
            WHEN 'intent'   THEN true
            WHEN 'unknown'  THEN NEW.outcome IN ('found', 'absent')
            WHEN 'not_sent' THEN NEW.outcome = 'intent'
            WHEN 'refused'  THEN NEW.outcome = 'intent'
            ELSE false
        END)
    THEN
        RAISE EXCEPTION 'write % cannot turn from % into %', OLD.id, OLD.outcome, NEW.outcome
            USING ERRCODE = 'ML009';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_outcome BEFORE UPDATE ON erp_write
    FOR EACH ROW EXECUTE FUNCTION guard_outcome();
CREATE TRIGGER writes_are_never_deleted BEFORE DELETE ON erp_write
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
