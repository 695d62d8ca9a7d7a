-- Each peer's token, without the token.
SELECT c.name AS connection, t.peer, t.generation, t.refreshed_at, t.expires_at,
       extract(epoch FROM t.expires_at - now())::float8 AS expires_s, t.failure,
       t.refused_until IS NOT DISTINCT FROM 'infinity' AS reauth_required
FROM oauth_token t JOIN connection c ON c.id = t.connection_id
WHERE c.removed_at IS NULL
ORDER BY c.name, t.peer
