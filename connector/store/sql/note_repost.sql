-- Note in the history of a held record why another version of it is posted, while the claim holds.
WITH claimed AS (
    SELECT id, status, attempt, version, detail FROM record
    WHERE id = %(record)s AND attempt = %(attempt)s AND status = 'held' AND decided
    FOR UPDATE
)
INSERT INTO record_history (record, event, from_status, to_status, attempt, detail)
SELECT id, 'reposted', status, 'posting', attempt, jsonb_build_object(
    'message', %(because)s::text, 'version', %(version)s::int, 'instead_of', version,
    'documents', %(numbers)s::text[], 'held_for', detail)
FROM claimed
RETURNING record
