-- Somebody asks for the release of held records, for which it takes a second person. Who it is, the
-- session says. Whoever notes something in a record's history has its row.
WITH taken AS (
    SELECT id, attempt FROM record WHERE id = ANY(%(numbers)s) AND status = 'held'
    ORDER BY id FOR NO KEY UPDATE
), asked AS (
    UPDATE held_record h
    SET asked_by = current_setting('ml_connector.actor'), asked_at = clock_timestamp()
    FROM taken WHERE h.record = taken.id AND h.is_held AND h.asked_by IS NULL
    RETURNING h.record, taken.attempt
), noted AS (
    INSERT INTO record_history (record, event, attempt)
    SELECT record, 'release_asked', attempt FROM asked ORDER BY record
)
SELECT record FROM asked ORDER BY record
