-- Note versions in which nothing differs that was posted, so that they are compared once.
UPDATE record r
SET seen_version = v.version, announced_again = false
FROM (VALUES %s) AS v (id, attempt, version)
WHERE r.id = v.id AND r.attempt = v.attempt
RETURNING r.id
