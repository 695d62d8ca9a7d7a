-- A record that ends its worker each time is held, so that the others get through.
UPDATE record
SET status = 'held', attempt = attempt + 1, reason = 'crash_loop', due_at = NULL, lease_until = NULL, claims = 0,
    detail = jsonb_build_object('message', format(
        'work on it was begun %%s times without an end; the last note was: %%s', claims, note))
WHERE due_at <= now() AND claims >= %(max_claims)s
