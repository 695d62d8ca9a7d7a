-- Somebody asks for the release of held records, for which it takes a second person. Who it is, the
-- session says.
WITH asked AS (
    UPDATE held_record
    SET asked_by = current_setting('ml_connector.actor'), asked_at = clock_timestamp()
    WHERE record = ANY(%(numbers)s) AND is_held AND asked_by IS NULL
    RETURNING record
), noted AS (
    INSERT INTO record_history (record, event, attempt)
    SELECT r.id, 'release_asked', r.attempt FROM record r JOIN asked ON asked.record = r.id
    ORDER BY r.id
)
SELECT record FROM asked ORDER BY record
