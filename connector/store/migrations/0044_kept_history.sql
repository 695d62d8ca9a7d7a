-- What was done to connections is noted by the table of connections alone, and stays as it was noted.

CREATE FUNCTION refuse_entry() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is written by triggers alone', TG_TABLE_NAME USING ERRCODE = 'ML001';
END $$;

CREATE TRIGGER connection_history_is_noted_by_its_trigger BEFORE INSERT ON connection_history
    FOR EACH ROW WHEN (pg_trigger_depth() = 0) EXECUTE FUNCTION refuse_entry();
CREATE TRIGGER connection_history_is_append_only BEFORE UPDATE OR DELETE ON connection_history
    FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER connection_history_is_not_emptied BEFORE TRUNCATE ON connection_history
    FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
