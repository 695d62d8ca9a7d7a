-- The last run for each target that said how master data are: not one that goes on, failed or died.
SELECT DISTINCT ON (c.name, r.target)
    c.name AS connection, r.target, r.outcome, r.detail, r.confirmed_at
FROM sync_run r JOIN connection c ON c.id = r.connection_id
WHERE c.removed_at IS NULL AND NOT r.dry_run AND r.outcome NOT IN ('failed', 'abandoned')
ORDER BY c.name, r.target, r.id DESC
