-- What each kind of process may do. The roles are groups of the whole server and log nobody in: a
-- process takes its own when it connects (connector.store.roles), and a login user may be a member
-- of just one. What is not granted here is refused. A later step that adds a table or a column says
-- itself who may do what with it; tests/store/test_roles.py holds the whole list.

DO $$
DECLARE
    needed text;
    all_of_them constant text[] := ARRAY['ml_connector_gateway', 'ml_connector_worker',
                                         'ml_connector_console', 'ml_connector_audit'];
    taking constant text := CASE WHEN current_setting('server_version_num')::int >= 160000
                                 THEN 'SET' ELSE 'MEMBER' END;
BEGIN
    FOREACH needed IN ARRAY all_of_them LOOP
        -- another database of this server may be brought up at the same moment
        IF to_regrole(needed) IS NULL THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', needed);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN
                NULL;
            END;
        END IF;
        IF NOT pg_has_role(current_user, needed, taking) THEN
            BEGIN
                EXECUTE format('GRANT %I TO CURRENT_USER', needed);
            EXCEPTION WHEN unique_violation THEN
                NULL;
            END;
        END IF;
    END LOOP;
EXCEPTION WHEN insufficient_privilege THEN
    RAISE EXCEPTION 'the user % may not create the roles of the processes, or not take them; have'
                    ' an administrator run: %', current_user,
        (SELECT coalesce(string_agg(format('CREATE ROLE %I NOLOGIN; ', name), ''), '')
         FROM unnest(all_of_them) AS name WHERE to_regrole(name) IS NULL)
        || format('GRANT %s TO %I;', array_to_string(all_of_them, ', '), current_user)
        USING ERRCODE = 'ML010';
END $$;

DO $$
BEGIN
    EXECUTE format('GRANT USAGE ON SCHEMA %I TO ml_connector_gateway, ml_connector_worker,'
                   ' ml_connector_console, ml_connector_audit', current_schema());
END $$;

-- The gateway takes deliveries in. Of all secrets it reads those that prove a webhook genuine.

CREATE VIEW webhook_secret WITH (security_barrier) AS
SELECT connection_id, name, ciphertext FROM connection_secret
WHERE starts_with(name, 'brex.webhook_secrets.');

GRANT SELECT (id, name, erp, config, removed_at) ON connection TO ml_connector_gateway;
GRANT SELECT ON webhook_secret TO ml_connector_gateway;
GRANT SELECT, INSERT (connection_id, webhook_id, event_type, body_sha256, record_ids, disposition,
                      signed_at),
      UPDATE (deliveries)
    ON webhook_delivery TO ml_connector_gateway;
GRANT SELECT (connection_id, record_id, status, attempt, lease_until, reason, erp_reference),
      INSERT (connection_id, record_id, priority),
      UPDATE (status, attempt, due_at, lease_until, claims, reason, detail, note, announced_again)
    ON record TO ml_connector_gateway;
-- who did it and when say the defaults
GRANT INSERT (record, event, from_status, to_status, attempt, detail)
    ON record_history TO ml_connector_gateway;

-- A worker takes records from Brex to the ERP, and keeps the tokens fresh. It adds and changes no
-- connection, and deletes nothing.

GRANT SELECT ON connection, connection_secret, oauth_token, schedule, record, record_history,
                erp_draft, erp_write
    TO ml_connector_worker;
GRANT INSERT (connection_id, peer),
      UPDATE (generation, access, refresh, expires_at, refreshed_at, refreshing_until, failure)
    ON oauth_token TO ml_connector_worker;
GRANT UPDATE (due_at, started_at, finished_at, outcome, watermark)
    ON schedule TO ml_connector_worker;
GRANT INSERT (connection_id, record_id, priority),
      UPDATE (status, attempt, lease_until, due_at, claims, failures, reason, detail,
              announced_again, mapped_at, note, payload, version, document, document_number,
              fingerprint, erp_company, erp_reference, decided_at, voucher, exported_at)
    ON record TO ml_connector_worker;
GRANT INSERT (record, event, from_status, to_status, attempt, detail)
    ON record_history TO ml_connector_worker;
GRANT INSERT (record, draft, marker, fingerprint, erp_company),
      UPDATE (state, erp_reference, why, tidy_at, tidy_tries)
    ON erp_draft TO ml_connector_worker;
GRANT INSERT (record, draft, step, line, attempt, deadline, settles_at),
      UPDATE (attempt, sent_at, deadline, settles_at, outcome, looks, result, code, message)
    ON erp_write TO ml_connector_worker;

-- The console and the auditors see everything but secrets and tokens.

GRANT SELECT ON alembic_version, connection, schedule, webhook_delivery, record, record_history,
                erp_draft, erp_write
    TO ml_connector_console, ml_connector_audit;
GRANT SELECT (connection_id, name) ON connection_secret
    TO ml_connector_console, ml_connector_audit;
GRANT SELECT (connection_id, peer, generation, expires_at, refreshed_at, refreshing_until, failure)
    ON oauth_token TO ml_connector_console, ml_connector_audit;

-- In the console, people retry, skip and return held records.

GRANT UPDATE (status, attempt, due_at, lease_until, claims, failures, note, reason, detail)
    ON record TO ml_connector_console;
GRANT INSERT (record, event, from_status, to_status, attempt, detail)
    ON record_history TO ml_connector_console;
GRANT UPDATE (state, why) ON erp_draft TO ml_connector_console;
