-- Which of the ERP's suppliers a merchant or vendor of Brex is, how that was found, by whom and when.

CREATE TABLE merchant (
    connection_id bigint NOT NULL REFERENCES connection,
    merchant_id   text NOT NULL CHECK (merchant_id <> ''),
    -- as Brex had it when it was matched
    name          text NOT NULL,
    -- null where nobody is it for sure
    supplier      text CHECK (supplier <> ''),
    found         text CHECK (found IN ('confirmed', 'number', 'exact', 'fuzzy')),
    score         numeric(4, 1) NOT NULL DEFAULT 0 CHECK (score BETWEEN 0 AND 100),
    candidates    jsonb NOT NULL DEFAULT '[]',
    -- by which reading of the suppliers and by which thresholds it was matched; null: by none
    register_at   timestamptz,
    thresholds    text NOT NULL DEFAULT '',
    first_seen    timestamptz NOT NULL DEFAULT now(),
    matched_at    timestamptz NOT NULL DEFAULT now(),
    matched_by    text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    PRIMARY KEY (connection_id, merchant_id),
    CONSTRAINT found_means_supplier CHECK ((supplier IS NULL) = (found IS NULL))
);
CREATE INDEX merchant_listing ON merchant (connection_id, found, merchant_id);

CREATE TABLE merchant_history (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL,
    merchant_id   text NOT NULL,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor         text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    name          text NOT NULL,
    supplier      text,
    found         text,
    score         numeric(4, 1) NOT NULL,
    FOREIGN KEY (connection_id, merchant_id) REFERENCES merchant
);
CREATE INDEX merchant_history_of ON merchant_history (connection_id, merchant_id, id);

CREATE TRIGGER merchant_history_is_append_only BEFORE UPDATE OR DELETE ON merchant_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER merchant_history_is_not_emptied BEFORE TRUNCATE ON merchant_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
CREATE TRIGGER merchants_are_never_deleted BEFORE DELETE ON merchant
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a person said is changed by people alone.
CREATE FUNCTION guard_merchant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF OLD.found = 'confirmed' AND NEW.found IS DISTINCT FROM 'confirmed' THEN
        RAISE EXCEPTION 'the supplier of merchant % was confirmed by a person', OLD.merchant_id
            USING ERRCODE = 'ML013';
    END IF;
    IF (NEW.supplier, NEW.found) IS DISTINCT FROM (OLD.supplier, OLD.found) THEN
        NEW.matched_at := clock_timestamp();
        NEW.matched_by := coalesce(
            nullif(current_setting('ml_connector.actor', true), ''), session_user);
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_merchant BEFORE UPDATE ON merchant
    FOR EACH ROW EXECUTE FUNCTION guard_merchant();

CREATE FUNCTION note_merchant() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO merchant_history (connection_id, merchant_id, name, supplier, found, score)
    VALUES (NEW.connection_id, NEW.merchant_id, NEW.name, NEW.supplier, NEW.found, NEW.score);
    RETURN NULL;
END $$;
CREATE TRIGGER note_first_match AFTER INSERT ON merchant
    FOR EACH ROW WHEN (NEW.supplier IS NOT NULL) EXECUTE FUNCTION note_merchant();
CREATE TRIGGER note_match AFTER UPDATE ON merchant
    FOR EACH ROW WHEN ((OLD.supplier, OLD.found) IS DISTINCT FROM (NEW.supplier, NEW.found))
    EXECUTE FUNCTION note_merchant();

GRANT SELECT, INSERT (connection_id, merchant_id, name, supplier, found, score, candidates,
                      register_at, thresholds),
      UPDATE (name, supplier, found, score, candidates, register_at, thresholds)
    ON merchant TO ml_connector_worker, ml_connector_console;
GRANT SELECT, INSERT (connection_id, merchant_id, name, supplier, found, score)
    ON merchant_history TO ml_connector_worker, ml_connector_console;
GRANT SELECT ON merchant, merchant_history TO ml_connector_audit;
