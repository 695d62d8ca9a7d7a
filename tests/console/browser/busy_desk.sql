-- A desk in the middle of a month end, over the connection of id 1: what the pages show most of.

INSERT INTO erp_reading (connection_id, kind, read_at, changed_at)
VALUES (1, 'supplier', now(), now()), (1, 'gl_account', now(), now());
INSERT INTO erp_entry (connection_id, kind, code, name, blocked, extras, first_seen)
SELECT 1, kind, code, name, false, '{}', now() FROM (VALUES
    ('supplier', '732000', 'Taxi Stockholm 15 00 00 AB'), ('supplier', '732001', 'Taxi Kurir AB'),
    ('supplier', '732002', 'Scandic Hotels AB'), ('supplier', '732007', 'Espresso House Sverige AB'),
    ('supplier', '732011', 'SJ AB'), ('gl_account', '5800', 'Travel'),
    ('gl_account', '6071', 'Client entertainment'), ('gl_account', '7690', 'Staff entertainment')
) AS given (kind, code, name);

INSERT INTO merchant (connection_id, merchant_id, name, supplier, found, score, candidates, matched_by)
VALUES
    (1, 'pmch_taxi', 'Taxi Stockholm', NULL, NULL, 88, '[
        {"number": "732000", "name": "Taxi Stockholm 15 00 00 AB", "city": "Stockholm", "score": 88},
        {"number": "732001", "name": "Taxi Kurir AB", "city": "Solna", "score": 61}]', 'worker'),
    (1, 'pmch_fika', 'Espresso House 114', NULL, NULL, 84, '[
        {"number": "732007", "name": "Espresso House Sverige AB", "city": "Malmö", "score": 84}]', 'worker'),
    (1, 'pmch_scandic', 'Scandic Continental', '732002', 'fuzzy', 96, '[]', 'worker'),
    (1, 'pmch_sj', 'SJ', '732011', 'confirmed', 100, '[]', 'console:anna'),
    (1, 'pmch_gone', 'Hotell Björken', '731990', 'exact', 100, '[]', 'worker');

-- What is held: so many for each cause.
CREATE TEMPORARY TABLE wanted AS
SELECT n AS nth, 'accr_' || substr(md5(reason || value || n), 1, 10) AS record_id, given.* FROM (VALUES
    (17, 'pmch_taxi', 'Taxi Stockholm', 'supplier_unknown', 'vendor', 'pmch_taxi Taxi Stockholm',
        'the merchant has no supplier: pick it, then what waits for it goes on'),
    (6, 'pmch_fika', 'Espresso House 114', 'supplier_unknown', 'vendor', 'pmch_fika Espresso House 114',
        'the merchant has no supplier: pick it, then what waits for it goes on'),
    (12, 'pmch_scandic', 'Scandic Continental', 'value_unmapped', 'GL_ACCOUNT', 'efo_entertainment',
        'line accrli_1 has a value of GL_ACCOUNT that is not the ERP''s own; add it to [mapping.values.GL_ACCOUNT], then retry'),
    (5, 'pmch_sj', 'SJ', 'period_closed', 'erp_posting_date', '2026-10-31',
        'the ERP takes no entries for 2026-10-31: the period is closed'),
    (2, 'pmch_office', 'Kontorsgiganten', 'gl_account_missing', 'GL_ACCOUNT', 'accrli_1',
        'line accrli_1 has no value for GL_ACCOUNT; code it in Brex')
) AS given (count, merchant_id, merchant, reason, field, value, message), generate_series(1, count) AS n;

INSERT INTO record (connection_id, record_id, version, received_at)
SELECT 1, record_id, 1, now() - nth * interval '47 minutes' FROM wanted ORDER BY nth, record_id;
INSERT INTO record_payload (record, payload)
SELECT r.id, jsonb_build_object(
    'id', w.record_id, 'type', 'CARD_EXPENSE_POST', 'source_id', 'expense_' || r.id,
    'vendor', jsonb_build_object('id', merchant_id, 'name', merchant),
    'user', jsonb_build_object('first_name', 'Ada', 'last_name', 'Byron'),
    'memo', 'Visit to the customer', 'posted_at', '2026-11-19T08:12:00Z',
    'erp_posting_date', CASE w.reason WHEN 'period_closed' THEN '2026-10-31' ELSE '2026-11-' || 10 + mod(nth, 10) END || 'T10:00:00Z',
    'amount', jsonb_build_object('amount', amount, 'currency', 'SEK'),
    'line_items', jsonb_build_array(jsonb_build_object(
        'id', 'accrli_1', 'type', 'DEBIT', 'amount', jsonb_build_object('amount', amount, 'currency', 'SEK'),
        'accounting_field_values', jsonb_build_array(jsonb_build_object(
            'remote_field_id', 'GL_ACCOUNT', 'field_name', 'GL Account',
            'brex_field_value_id', 'efo_entertainment', 'field_value_name', 'Entertainment')))))
FROM wanted w JOIN record r USING (record_id), LATERAL (SELECT 89.5 + mod(nth * 137 + length(merchant) * 211, 1900) AS amount) AS a;
UPDATE record r SET status = 'held', due_at = NULL, reason = w.reason,
    detail = jsonb_build_object('message', w.message, 'field', w.field, 'value', w.value)
FROM wanted w WHERE w.record_id = r.record_id;
UPDATE held_record h SET held_at = r.received_at FROM record r WHERE r.id = h.record;

-- What went through in the last day, and what is on its way.
SET session_replication_role = replica;
INSERT INTO record (connection_id, record_id, status, due_at, exported_at, decided)
SELECT 1, 'accr_done_' || n, 'exported', NULL, now(), true FROM generate_series(1, 640) AS n;
INSERT INTO record_history (record, at, actor, event, to_status, attempt)
SELECT id, now() - interval '24 hours' * power(mod(id * 7919, 997) / 997.0, 1.3), 'worker', 'moved', 'exported', 1
FROM record WHERE status = 'exported';
UPDATE record_history h SET at = r.received_at FROM record r WHERE h.record = r.id AND r.status = 'held';
SET session_replication_role = origin;
INSERT INTO record (connection_id, record_id, received_at)
SELECT 1, 'accr_new_' || n, now() - interval '20 seconds' FROM generate_series(1, 4) AS n;

-- One that the ERP refused, with its document (that a worker made) and the calls.
UPDATE record_payload p SET payload = jsonb_build_object(
    'id', record_id, 'type', 'CARD_EXPENSE_POST', 'vendor', '{"id": "pmch_taxi", "name": "Taxi"}'::jsonb,
    'user', '{"first_name": "Ada", "last_name": "Byron"}'::jsonb, 'posted_at', '2026-10-31T08:12:00Z',
    'erp_posting_date', '2026-10-31T10:00:00Z', 'amount', '{"amount": 30.00, "currency": "SEK"}'::jsonb,
    'line_items', '[{"type": "DEBIT", "amount": {"amount": 10.00, "currency": "SEK"}, "accounting_field_values":
        [{"field_name": "GL Account", "field_value_name": "7500"}]},
        {"type": "DEBIT", "amount": {"amount": 20.00, "currency": "SEK"}, "accounting_field_values":
        [{"field_name": "GL Account", "field_value_name": "7500"}]}]'::jsonb)
FROM record r WHERE r.id = p.record AND r.status = 'mapped';
SET session_replication_role = replica;
INSERT INTO erp_draft (record, document, draft, marker, fingerprint, erp_company)
SELECT record, document, 1, number || '-1', fingerprint, erp_company FROM erp_document;
INSERT INTO erp_write (record, draft, step, line, attempt, deadline, settles_at, outcome, result, code, message)
SELECT record, 1, step, line, 3, now(), now(), outcome, result, code, message FROM erp_draft, (VALUES
    ('head', 0, 'done', '40117', '', ''), ('line', 1, 'done', '', '', ''),
    ('line', 2, 'refused', '', 'AIT1_03', 'Accounting dimension 1 7500 is blocked')
) AS given (step, line, outcome, result, code, message);
SET session_replication_role = origin;
UPDATE record SET status = 'held', due_at = NULL, lease_until = NULL, reason = 'erp_refused', detail =
    '{"message": "the ERP refused line 2: Accounting dimension 1 7500 is blocked", "field": "lines"}'
WHERE status = 'mapped';

-- Both sides of the connection.
INSERT INTO webhook_delivery (connection_id, webhook_id, event_type, body_sha256, record_ids,
    disposition, signed_at, received_at)
VALUES (1, 'msg_1', 'ACCOUNTING_RECORD_READY_FOR_EXPORT', '', '{}', 'accepted', now(), now() - interval '40 seconds');
INSERT INTO schedule (connection_id, job, every_s, finished_at, outcome)
VALUES (1, 'poll', 300, now() - interval '3 minutes', '4 records found, 0 new');
INSERT INTO oauth_token (connection_id, peer, generation, access, expires_at)
VALUES (1, 'ifs', 7, 'x', now() + interval '47 minutes');
INSERT INTO sync_run (connection_id, target, dry_run, started_at, lease_until, finished_at, outcome, detail, entries, created, renamed, disabled)
VALUES (1, 'suppliers', false, now() - interval '2 hours', now(), now(), 'done', '', 412, 3, 1, 0),
       (1, 'accounts', false, now() - interval '1 hour', now(), now(), 'needs_confirmation', '22 of 96 values would be disabled', 74, 0, 1, 22);
INSERT INTO sync_change (run, action, part, company, code, name, before, records, rules)
SELECT 2, 'disabled', 'Account', '', (7600 + n)::text, 'Account no longer used ' || n, '', mod(n, 3), 0 FROM generate_series(1, 22) AS n;

-- A month that was reconciled, and one that somebody asked for.
INSERT INTO reconciliation (connection_id, since, until, started_at, proved, faults, unlisted, endings)
VALUES (1, '2026-10-01', '2026-11-01', now(), false, '{"NOK: the ERP did not show the documents of 1 items"}',
        '{"cash transactions of Brex were not read yet"}',
        '{"matched": 617, "held": 42, "different": 2, "only_in_brex": 3, "unreadable": 1}');
INSERT INTO reconciliation_line
SELECT 1, '100/AAA', currency, date '2026-10-01' + day, 'primary', 'stmt_2026_10', 4310.5 * (1 + mod(day * 7, 5)),
       4221 * (1 + mod(day * 7, 5)), jsonb_build_object('matched', 9 + mod(day * 7, 12), 'held', mod(day * 3, 4)),
       jsonb_build_object('held', (89.5 * (1 + mod(day * 7, 5)))::text)
FROM generate_series(0, 30) AS day, unnest(ARRAY['SEK', 'EUR']) AS currency WHERE mod(day, 7) NOT IN (2, 3);
INSERT INTO reconciliation_item
SELECT 1, n, (ARRAY['held', 'different', 'only_in_brex', 'unreadable'])[1 + mod(n, 4)], r.record_id, date '2026-10-01' + n,
       'SEK', '100/AAA', 'primary', 'Taxi Stockholm', 130.5, 130.5, CASE mod(n, 4) WHEN 1 THEN 129.5 END,
       'the merchant has no supplier', true, jsonb_build_object(
           'transactions', jsonb_build_array('txn_' || n), 'records', jsonb_build_array(r.record_id),
           'documents', jsonb_build_array('BX7K2M4Q' || n), 'vouchers', jsonb_build_array('F ' || 4000 + n), 'differences', '[]'::jsonb,
           'suggestions', CASE mod(n, 4) WHEN 2 THEN jsonb_build_array(jsonb_build_object('name', r.record_id, 'score', 83)) ELSE '[]' END)
FROM (SELECT record_id, row_number() OVER (ORDER BY id)::int AS n FROM record WHERE status = 'held' LIMIT 12) AS r;
INSERT INTO errand (connection_id, kind, what) VALUES (1, 'reconcile', '{"since": "2026-10-01", "until": "2026-10-31"}');
