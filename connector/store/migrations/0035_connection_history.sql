-- What was done to connections, when and by whom. The table keeps it itself, whoever does it: the command
-- line, or a person in the console, who pauses and resumes and changes nothing else.

CREATE TABLE connection_history (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connection,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor         text NOT NULL DEFAULT coalesce(
                      nullif(current_setting('ml_connector.actor', true), ''), session_user),
    event         text NOT NULL CHECK (event IN ('added', 'configured', 'paused', 'resumed', 'removed'))
);
CREATE INDEX connection_history_of ON connection_history (connection_id, id DESC);

CREATE FUNCTION note_connection() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO connection_history (connection_id, event)
    SELECT NEW.id, event FROM (VALUES
        ('added', TG_OP = 'INSERT' OR (OLD.removed_at IS NOT NULL AND NEW.removed_at IS NULL)),
        ('configured', TG_OP = 'UPDATE' AND NEW.configured_at IS DISTINCT FROM OLD.configured_at
                       AND OLD.removed_at IS NULL),
        ('paused', TG_OP = 'UPDATE' AND OLD.paused_at IS NULL AND NEW.paused_at IS NOT NULL),
        ('resumed', TG_OP = 'UPDATE' AND OLD.paused_at IS NOT NULL AND NEW.paused_at IS NULL),
        ('removed', TG_OP = 'UPDATE' AND OLD.removed_at IS NULL AND NEW.removed_at IS NOT NULL)
    ) AS seen (event, is_so) WHERE is_so;
    RETURN NULL;
END $$;
-- other columns change with every mend, which mapping_version tells of
CREATE TRIGGER note_connection AFTER INSERT OR UPDATE OF paused_at, removed_at, configured_at
    ON connection FOR EACH ROW EXECUTE FUNCTION note_connection();

GRANT UPDATE (paused_at, updated_at) ON connection TO ml_connector_console;
GRANT SELECT, INSERT (connection_id, event) ON connection_history TO ml_connector_console;
GRANT SELECT ON connection_history TO ml_connector_audit;
