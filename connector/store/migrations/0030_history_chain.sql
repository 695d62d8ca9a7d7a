-- Each entry of a record's history is sealed with a hash of itself and of the entry before it: an entry
-- that is changed, taken out or put in breaks the chain. Entries from before this step have none, and
-- stand before it.

ALTER TABLE record_history ADD COLUMN hash bytea;

-- What is sealed of an entry; the time in microseconds since 1970, whatever the time zone.
CREATE FUNCTION sealed_text(entry record_history) RETURNS text
LANGUAGE sql STABLE PARALLEL SAFE AS $$
    SELECT jsonb_build_array(
        entry.record, entry.id, (extract(epoch FROM entry.at) * 1000000)::bigint, entry.actor,
        entry.event, entry.from_status, entry.to_status, entry.attempt, entry.detail)::text
$$;

-- Whoever adds an entry has the record's row, so that no two follow the same one.
CREATE FUNCTION seal_entry() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    before bytea;
BEGIN
    SELECT hash INTO before FROM record_history
        WHERE record = NEW.record ORDER BY id DESC LIMIT 1;
    NEW.hash := sha256(coalesce(before, '') || convert_to(sealed_text(NEW), 'UTF8'));
    RETURN NEW;
END $$;
CREATE TRIGGER seal_entry BEFORE INSERT ON record_history
    FOR EACH ROW EXECUTE FUNCTION seal_entry();

-- of what records hold the gateway reads nothing
GRANT SELECT (record, id, hash) ON record_history TO ml_connector_gateway;
