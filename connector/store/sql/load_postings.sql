-- The document that each record posts now, the first that is not posted.
SELECT asked.id, d.document, d.fingerprint, coalesce(d.erp_reference, ''), d.decided_at,
       clock_timestamp(), d.mapped_at
FROM unnest(%(ids)s::bigint[]) AS asked (id)
CROSS JOIN LATERAL (
    SELECT * FROM erp_document
    WHERE record = asked.id AND posted_at IS NULL AND NOT withdrawn
    ORDER BY document
    LIMIT 1
) AS d
