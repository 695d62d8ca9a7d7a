-- Entries of some records' histories that do not follow from the one before, and records that do not
-- stand where their last move says. Entries from before the chain have no hash, and none after it may.
WITH entries AS (
    SELECT h.record, h.id, h.hash, sealed_text(h) AS text,
           lag(h.hash) OVER (PARTITION BY h.record ORDER BY h.id) AS before
    FROM record_history h WHERE h.record BETWEEN %(low)s AND %(high)s
), broken AS (
    SELECT record, id, CASE WHEN hash IS NULL THEN 'has no seal'
                            ELSE 'was changed, or what stood before it was' END AS why
    FROM entries
    WHERE CASE WHEN hash IS NULL THEN before IS NOT NULL
               ELSE hash <> sha256(coalesce(before, '') || convert_to(text, 'UTF8')) END
    UNION ALL
    SELECT r.id, NULL, 'its history ends elsewhere than where it stands'
    FROM record r
    WHERE r.id BETWEEN %(low)s AND %(high)s
      AND r.status IS DISTINCT FROM (SELECT h.to_status FROM record_history h
                                     WHERE h.record = r.id AND h.to_status IS NOT NULL
                                     ORDER BY h.id DESC LIMIT 1)
)
SELECT c.name, r.record_id, broken.id, broken.why
FROM broken JOIN record r ON r.id = broken.record JOIN connection c ON c.id = r.connection_id
ORDER BY broken.record, broken.id
