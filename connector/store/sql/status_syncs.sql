-- The last run for each target: how it ended, how long it took, and what it found.
SELECT DISTINCT ON (c.name, r.target)
    c.name AS connection, r.target, r.outcome, r.detail, r.started_at, r.finished_at,
    extract(epoch FROM r.finished_at - r.started_at)::float8 AS took_s,
    r.entries, r.created, r.renamed, r.disabled, r.enabled, r.confirmed_at
FROM sync_run r JOIN connection c ON c.id = r.connection_id
WHERE c.removed_at IS NULL AND NOT r.dry_run
ORDER BY c.name, r.target, r.id DESC
