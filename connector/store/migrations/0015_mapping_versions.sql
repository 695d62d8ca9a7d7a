-- Every mapping that a connection has had, with who gave it and when; a version is never edited. The
-- schema itself keeps them: whoever changes a connection's mapping, and how, makes the next version.

CREATE TABLE mapping_version (
    connection_id bigint NOT NULL REFERENCES connection,
    version       int NOT NULL CHECK (version > 0),
    mapping       jsonb NOT NULL,
    applied_at    timestamptz NOT NULL DEFAULT now(),
    applied_by    text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    PRIMARY KEY (connection_id, version)
);
ALTER TABLE connection ADD COLUMN mapping_version int NOT NULL DEFAULT 1;
-- by which version the documents of a record were made; null for those from before this step
ALTER TABLE record ADD COLUMN mapping_version int;

INSERT INTO mapping_version (connection_id, version, mapping, applied_at, applied_by)
SELECT id, 1, coalesce(config->'mapping', '{}'), updated_at, 'unknown' FROM connection;

CREATE TRIGGER mapping_versions_never_change BEFORE UPDATE OR DELETE ON mapping_version
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER mapping_versions_are_not_emptied BEFORE TRUNCATE ON mapping_version
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();

CREATE FUNCTION number_mapping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.mapping_version := OLD.mapping_version
        + (NEW.config->'mapping' IS DISTINCT FROM OLD.config->'mapping')::int;
    RETURN NEW;
END $$;
CREATE TRIGGER number_mapping BEFORE UPDATE ON connection
    FOR EACH ROW EXECUTE FUNCTION number_mapping();

CREATE FUNCTION keep_mapping() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO mapping_version (connection_id, version, mapping)
    VALUES (NEW.id, NEW.mapping_version, coalesce(NEW.config->'mapping', '{}'));
    RETURN NULL;
END $$;
CREATE TRIGGER keep_first_mapping AFTER INSERT ON connection
    FOR EACH ROW EXECUTE FUNCTION keep_mapping();
CREATE TRIGGER keep_mapping AFTER UPDATE ON connection
    FOR EACH ROW WHEN (OLD.mapping_version IS DISTINCT FROM NEW.mapping_version)
    EXECUTE FUNCTION keep_mapping();

GRANT UPDATE (mapping_version) ON record TO ml_connector_worker;
GRANT SELECT ON mapping_version TO ml_connector_console, ml_connector_audit;
