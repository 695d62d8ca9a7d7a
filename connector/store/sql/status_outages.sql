-- Peers that do not answer, and when they are asked again.
SELECT c.name AS connection, o.peer, o.of_writes AND NOT o.reads_too AS of_writes, o.began_at, o.why,
       extract(epoch FROM now() - o.began_at)::float8 AS lasted_s,
       greatest(0, extract(epoch FROM o.probe_at - now()))::float8 AS probe_in_s
FROM outage o JOIN connection c ON c.id = o.connection_id
WHERE o.ended_at IS NULL AND c.removed_at IS NULL
ORDER BY c.name, o.peer
