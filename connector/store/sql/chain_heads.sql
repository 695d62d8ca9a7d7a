-- Some records in the order of their numbers: entries, sealed ones, and the last seal.
SELECT r.id, count(h.id), count(h.hash), (array_agg(h.hash ORDER BY h.id DESC))[1]
FROM (SELECT id FROM record WHERE id > %(after)s ORDER BY id LIMIT %(limit)s) AS r
LEFT JOIN record_history h ON h.record = r.id
GROUP BY r.id
ORDER BY r.id
