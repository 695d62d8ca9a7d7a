-- The same guards at less cost. What is checked of many rows is checked once for each statement, and
-- the shape of an id without a pattern that counts: that was a tenth of what PostgreSQL did.

-- nothing that was let in so far is refused now
ALTER TABLE record DROP CONSTRAINT record_record_id_check;
ALTER TABLE record ADD CONSTRAINT record_id_is_plain
    CHECK (length(record_id) BETWEEN 1 AND 128 AND record_id !~ '[^A-Za-z0-9_-]') NOT VALID;

DROP TRIGGER note_decision ON erp_document;
CREATE OR REPLACE FUNCTION note_decision() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE record SET decided = true
    WHERE NOT decided
      AND id = ANY(ARRAY(SELECT record FROM documents WHERE erp_reference IS NOT NULL));
    RETURN NULL;
END $$;
CREATE TRIGGER note_decision AFTER UPDATE ON erp_document REFERENCING NEW TABLE AS documents
    FOR EACH STATEMENT EXECUTE FUNCTION note_decision();

-- An intent needs the fence, a lease that outlives the call, the right state of its draft, and the
-- turn of its document.
CREATE FUNCTION refuse_broken_intents(writes bigint[]) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    broken text;
    said text;
BEGIN
    -- nobody takes a record over before its intents are committed
    PERFORM FROM record r
        WHERE r.id IN (SELECT w.record FROM erp_write w WHERE w.id = ANY(writes))
        ORDER BY r.id FOR UPDATE;
    SELECT rule.code, format(rule.message, w.record, w.draft) INTO broken, said
        FROM erp_write w
        JOIN record r ON r.id = w.record
        JOIN erp_draft own ON own.record = w.record AND own.draft = w.draft
        JOIN erp_document d ON d.record = own.record AND d.document = own.document
        CROSS JOIN LATERAL (VALUES
            (1, r.attempt <> w.attempt,
             'ML007', 'record %1$s was taken over by another attempt'),
            (2, r.lease_until IS NULL OR r.lease_until < w.deadline,
             'ML007', 'the lease of record %1$s does not outlive the call'),
            (3, w.step IN ('head', 'line')
                AND (own.state <> 'open' OR d.erp_reference IS NOT NULL OR d.withdrawn),
             'ML008', 'draft %1$s.%2$s is closed'),
            (4, w.step IN ('head', 'line') AND d.document > 1 AND is_early(d.record, d.document),
             'ML012', 'draft %1$s.%2$s waits for the document before it'),
            (5, w.step = 'commit' AND own.state <> 'decided',
             'ML008', 'draft %1$s.%2$s is not decided on'),
            (6, w.step = 'discard' AND own.state <> 'spare',
             'ML008', 'draft %1$s.%2$s is not spare')
        ) AS rule (nth, is_broken, code, message)
        WHERE w.id = ANY(writes) AND rule.is_broken
        ORDER BY w.id, rule.nth
        LIMIT 1;
    IF FOUND THEN
        RAISE EXCEPTION '%', said USING ERRCODE = broken;
    END IF;
END $$;

CREATE FUNCTION guard_intents() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_broken_intents(ARRAY(SELECT id FROM intents));
    RETURN NULL;
END $$;
CREATE FUNCTION guard_intent_again() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM refuse_broken_intents(ARRAY[NEW.id]);
    RETURN NULL;
END $$;

DROP TRIGGER guard_intent ON erp_write;
DROP TRIGGER guard_intent_again ON erp_write;
DROP FUNCTION guard_intent();
CREATE TRIGGER guard_intents AFTER INSERT ON erp_write REFERENCING NEW TABLE AS intents
    FOR EACH STATEMENT EXECUTE FUNCTION guard_intents();
-- Only a write that certainly had no effect may be intended again.
CREATE TRIGGER guard_intent_again AFTER UPDATE ON erp_write
    FOR EACH ROW WHEN (NEW.outcome = 'intent' AND OLD.outcome <> 'intent')
    EXECUTE FUNCTION guard_intent_again();
