-- Mends: a person in the console has a worker put one rule into a connection's mapping, for which held
-- records wait. What the console may write is the wish; the worker writes the mapping, and no other setting.

ALTER TABLE errand DROP CONSTRAINT errand_kind_check;
ALTER TABLE errand ADD CONSTRAINT errand_kind_check CHECK (kind IN ('return', 'ping', 'mend'));
-- of a mend: what the records wait for (reason, field, value), and what is put there
ALTER TABLE errand ADD COLUMN what jsonb;
ALTER TABLE errand ADD CONSTRAINT mends_say_what CHECK ((kind = 'mend') = (what IS NOT NULL));
GRANT INSERT (what) ON errand TO ml_connector_console;

-- Of a connection's settings, whoever does not own the table changes the mapping alone.
CREATE FUNCTION guard_settings() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.config - 'mapping' IS DISTINCT FROM OLD.config - 'mapping'
       AND NOT pg_has_role(current_user, (SELECT relowner FROM pg_class WHERE oid = TG_RELID), 'MEMBER')
    THEN
        RAISE EXCEPTION 'of the settings of connection % the mapping alone may be changed', OLD.name
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard_settings BEFORE UPDATE ON connection
    FOR EACH ROW WHEN (NEW.config IS DISTINCT FROM OLD.config) EXECUTE FUNCTION guard_settings();

GRANT UPDATE (config, updated_at) ON connection TO ml_connector_worker;
GRANT INSERT (connection_id, version, mapping) ON mapping_version TO ml_connector_worker;
