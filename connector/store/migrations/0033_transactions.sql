-- What Brex shows of money that moved, as pulls read it: accounts, settled transactions, statements, and the
-- accounting records and expenses that they belong to. Amounts are minor units (records: major units) as sent.

-- One reading of a part, which goes on where it was broken off. Windows are from `since` on, before `until`.
CREATE TABLE brex_pull (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id bigint NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN (
                      'card_accounts', 'card_transactions', 'card_statements',
                      'cash_accounts', 'cash_transactions', 'cash_statements', 'records', 'expenses')),
    -- the cash account, or what records are narrowed to; '' where the kind has one part
    part          text NOT NULL DEFAULT '',
    since         date NOT NULL,
    until         date NOT NULL CHECK (until > since),
    -- where its next page begins; null: at the beginning
    cursor        text,
    -- the fence: who was taken over keeps nothing more
    attempt       int NOT NULL DEFAULT 1,
    lease_until   timestamptz NOT NULL,
    started_at    timestamptz NOT NULL DEFAULT now(),
    finished_at   timestamptz,
    pages         int NOT NULL DEFAULT 0,
    rows          int NOT NULL DEFAULT 0,
    new           int NOT NULL DEFAULT 0,
    changed       int NOT NULL DEFAULT 0,
    gone          int NOT NULL DEFAULT 0,
    -- '' and finished: it was read whole
    error         text NOT NULL DEFAULT ''
);
CREATE UNIQUE INDEX one_pull_of_a_part ON brex_pull (connection_id, kind, part) WHERE finished_at IS NULL;
CREATE INDEX pulls_of_a_part ON brex_pull (connection_id, kind, part, id);

-- `seen_in` is the last pull that showed a row (no reference: it would be looked up for every row read anew); `gone_at` when one was read whole and did not.
CREATE TABLE brex_account (
    connection_id bigint NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN ('card', 'cash')),
    account_id    text NOT NULL,
    name          text NOT NULL,
    status        text NOT NULL,
    balance       bigint,
    currency      text,
    seen_in       bigint NOT NULL,
    gone_at       timestamptz,
    PRIMARY KEY (connection_id, account_id)
);

CREATE TABLE brex_transaction (
    connection_id  bigint NOT NULL REFERENCES connection,
    transaction_id text NOT NULL,
    kind           text NOT NULL CHECK (kind IN ('card', 'cash')),
    -- the cash account; 'primary' for all cards
    account_id     text NOT NULL,
    type           text NOT NULL,
    amount         bigint,
    currency       text,
    posted_on      date NOT NULL,
    initiated_on   date NOT NULL,
    description    text NOT NULL,
    merchant       text NOT NULL,
    card_id        text,
    expense_id     text,
    first_seen     timestamptz NOT NULL DEFAULT now(),
    seen_in        bigint NOT NULL,
    gone_at        timestamptz,
    PRIMARY KEY (connection_id, transaction_id)
) WITH (fillfactor = 80);
CREATE INDEX transactions_by_day ON brex_transaction (connection_id, posted_on, transaction_id);
CREATE INDEX transactions_of_an_expense ON brex_transaction (connection_id, expense_id)
    WHERE expense_id IS NOT NULL;
CREATE TRIGGER transactions_are_never_deleted BEFORE DELETE ON brex_transaction
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

-- What a transaction said before a pull found it with another amount, currency or day.
CREATE TABLE brex_transaction_change (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    connection_id  bigint NOT NULL,
    transaction_id text NOT NULL,
    pull           bigint NOT NULL REFERENCES brex_pull,
    changed_at     timestamptz NOT NULL DEFAULT clock_timestamp(),
    amount         bigint,
    currency       text,
    posted_on      date NOT NULL,
    FOREIGN KEY (connection_id, transaction_id) REFERENCES brex_transaction
);
CREATE INDEX changes_of_a_transaction ON brex_transaction_change (connection_id, transaction_id, id);
CREATE TRIGGER transaction_changes_are_append_only BEFORE UPDATE OR DELETE ON brex_transaction_change
    FOR EACH ROW EXECUTE FUNCTION refuse_change();

CREATE TABLE brex_statement (
    connection_id bigint NOT NULL REFERENCES connection,
    kind          text NOT NULL CHECK (kind IN ('card', 'cash')),
    account_id    text NOT NULL,
    statement_id  text NOT NULL,
    since         date NOT NULL,
    -- Brex excludes it
    until         date NOT NULL,
    start_balance bigint,
    end_balance   bigint,
    currency      text,
    seen_in       bigint NOT NULL,
    PRIMARY KEY (connection_id, account_id, statement_id)
);

CREATE TABLE brex_record (
    connection_id    bigint NOT NULL REFERENCES connection,
    record_id        text NOT NULL,
    source_id        text,
    type             text NOT NULL,
    source_type      text NOT NULL,
    review_status    text NOT NULL,
    amount           numeric NOT NULL,
    currency         text NOT NULL,
    erp_posting_date timestamptz NOT NULL,
    posted_at        timestamptz NOT NULL,
    updated_at       timestamptz NOT NULL,
    vendor           text NOT NULL,
    version          bigint NOT NULL,
    seen_in          bigint NOT NULL,
    PRIMARY KEY (connection_id, record_id)
) WITH (fillfactor = 80);
CREATE INDEX brex_records_by_day ON brex_record (connection_id, posted_at, record_id);
CREATE INDEX brex_records_of_a_source ON brex_record (connection_id, source_id) WHERE source_id IS NOT NULL;

CREATE TABLE brex_expense (
    connection_id     bigint NOT NULL REFERENCES connection,
    expense_id        text NOT NULL,
    status            text NOT NULL,
    payment_status    text NOT NULL,
    merchant          text NOT NULL,
    amount            bigint,
    currency          text,
    original_amount   bigint,
    original_currency text,
    entity            text NOT NULL,
    seen_in           bigint NOT NULL,
    PRIMARY KEY (connection_id, expense_id)
);

-- The pull is begun by the clock, and needs that Brex answers.
CREATE OR REPLACE VIEW suspended_work AS
SELECT o.connection_id, needs.work
FROM outage o
JOIN connection c ON c.id = o.connection_id
CROSS JOIN LATERAL (VALUES
    ('fetch', 'brex', false), ('poll', 'brex', false), ('export', 'brex', true),
    ('transactions', 'brex', false),
    ('post', c.erp, true), ('spares', c.erp, true),
    ('sync_accounts', c.erp, false), ('sync_dimensions', c.erp, false),
    ('sync_suppliers', c.erp, false), ('sync_references', c.erp, false)
) AS needs (work, peer, writes)
WHERE o.ended_at IS NULL AND o.peer = needs.peer
  AND (needs.writes OR NOT o.of_writes OR o.reads_too)
UNION ALL
SELECT connection_id, work FROM halted_work;

GRANT SELECT, INSERT (connection_id, kind, part, since, until, lease_until),
      UPDATE (cursor, attempt, lease_until, finished_at, pages, rows, new, changed, gone, error)
    ON brex_pull TO ml_connector_worker;
GRANT SELECT, INSERT, UPDATE (name, status, balance, currency, seen_in, gone_at)
    ON brex_account TO ml_connector_worker;
GRANT SELECT,
      INSERT (connection_id, transaction_id, kind, account_id, type, amount, currency, posted_on,
              initiated_on, description, merchant, card_id, expense_id, seen_in),
      UPDATE (account_id, type, amount, currency, posted_on, initiated_on, description, merchant,
              card_id, expense_id, seen_in, gone_at)
    ON brex_transaction TO ml_connector_worker;
GRANT SELECT, INSERT (connection_id, transaction_id, pull, amount, currency, posted_on)
    ON brex_transaction_change TO ml_connector_worker;
GRANT SELECT, INSERT, UPDATE (since, until, start_balance, end_balance, currency, seen_in)
    ON brex_statement TO ml_connector_worker;
GRANT SELECT, INSERT,
      UPDATE (source_id, type, source_type, review_status, amount, currency, erp_posting_date,
              posted_at, updated_at, vendor, version, seen_in)
    ON brex_record TO ml_connector_worker;
GRANT SELECT, INSERT,
      UPDATE (status, payment_status, merchant, amount, currency, original_amount,
              original_currency, entity, seen_in)
    ON brex_expense TO ml_connector_worker;
GRANT SELECT ON brex_pull, brex_account, brex_transaction, brex_transaction_change, brex_statement,
                brex_record, brex_expense
    TO ml_connector_console, ml_connector_audit;
