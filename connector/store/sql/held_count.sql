-- How many held records are meant.
SELECT count(*) FROM held_record h
JOIN connection c ON c.id = h.connection_id AND c.removed_at IS NULL
WHERE h.is_held AND {narrowed}
