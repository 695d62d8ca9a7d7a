-- How many records were exported, and held, in each of the last hours, the present one last.
WITH hours AS (
    SELECT generate_series(date_trunc('hour', now(), 'UTC') - make_interval(hours => %(hours)s - 1),
                           now(), interval '1 hour') AS hour
), moved AS (
    SELECT date_trunc('hour', at, 'UTC') AS hour, to_status, count(*) AS records
    FROM record_history
    WHERE at >= (SELECT min(hour) FROM hours) AND to_status IN ('exported', 'held')
    GROUP BY 1, 2
)
SELECT hour, coalesce(sum(records) FILTER (WHERE to_status = 'exported'), 0)::int AS exported,
       coalesce(sum(records) FILTER (WHERE to_status = 'held'), 0)::int AS held
FROM hours LEFT JOIN moved USING (hour)
GROUP BY hour
ORDER BY hour
