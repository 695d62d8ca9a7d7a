"""What a statement reads does not grow with what lies in the tables, also before any statistics."""

from dataclasses import asdict
from datetime import UTC, date, datetime

import pytest
from psycopg2.extras import execute_values

from connector.domain.drafts import Outcome, WriteStep
from connector.domain.records import Status
from connector.domain.transactions import ALL_CARDS, AccountKind, Transaction
from connector.ports import NewWrite, OpenedDraft, SettledWrite
from connector.store.database import as_json, with_rows
from connector.store.queries import query

FINISHED = 5_000


@pytest.fixture
def finished(sql, connection_id):
    """Finished records that PostgreSQL has not looked at yet."""
    sql(
        "SET session_replication_role = replica;"
        " ALTER TABLE record SET (autovacuum_enabled = false);"
        " ALTER TABLE erp_document SET (autovacuum_enabled = false);"
        " INSERT INTO record (connection_id, record_id, status, due_at, decided)"
        " SELECT %s, 'done_' || n, 'exported', NULL, true FROM generate_series(1, %s) AS n;"
        " INSERT INTO erp_document (record, document, connection_id, kind, number, fingerprint,"
        "                           erp_company, erp_reference, decided_at, posted_at)"
        " SELECT id, 1, connection_id, 'supplier_invoice', record_id, '', '100/AAA', record_id,"
        "        now(), now() FROM record WHERE record_id LIKE 'done%%'",
        *(connection_id, FINISHED),
    )


def rows_read(cursor, table="record"):
    """Rows of a table that the transaction has read so far."""
    cursor.execute(
        "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables WHERE relname = %s",
        (table,),
    )
    return cursor.fetchone()[0]


@pytest.mark.usefixtures("finished")
@pytest.mark.parametrize("by", ["webhook", "poll"])
def test_ids_are_taken_in_without_reading_all_those_of_the_connection(database, connection_id, by):
    ids = ["accr_1", "accr_2", "done_3"]
    with database.transaction() as cursor:
        if by == "webhook":
            delivered = (connection_id, "msg_1", "READY", b"x", ids, "accepted", datetime.now(UTC))
            template = "(%s, %s, %s, %s, %s::text[], %s, %s::timestamptz)"
            ((*_, fresh),) = execute_values(
                cursor, query("accept"), [delivered], template=template, fetch=True
            )
        else:
            found = {"record_ids": ids, "versions": [1, 1, 1], "priority": 0}
            cursor.execute(query("receive"), {"connection_id": connection_id, **found})
            fresh = [row[0] for row in cursor.fetchall()]
        assert sorted(fresh) == ["accr_1", "accr_2"]
        assert rows_read(cursor) < FINISHED / 10


def test_a_decision_does_not_read_what_else_was_decided(bring, journal, database, request):
    row = bring(Status.MAPPED)
    journal.open_drafts([OpenedDraft(row, 1, 1, "marker")])
    journal.intend([NewWrite(row, 1, WriteStep.HEAD, settle_s=1)], call_s=1, lease_s=60)
    journal.settle([SettledWrite(row, 1, WriteStep.HEAD, 0, Outcome.DONE, reference="1001")])
    request.getfixturevalue("finished")
    with database.transaction() as cursor:
        mine = {"id": row.id, "attempt": row.attempt, "draft": 1, "reference": "1001"}
        others = [mine | {"id": -n, "reference": f"INBN-{n}"} for n in range(99)]  # a whole batch
        assert with_rows(cursor, query("decide"), [mine, *others]) == [(row.id,)]
        assert rows_read(cursor) < FINISHED / 10
        assert rows_read(cursor, "erp_document") < FINISHED / 10


def test_a_page_of_transactions_is_kept_without_reading_those_that_are_there(
    database, sql, connection_id
):
    sql("ALTER TABLE brex_transaction SET (autovacuum_enabled = false)")
    sql(
        "INSERT INTO brex_transaction (connection_id, transaction_id, kind, account_id, type, amount,"
        " posted_on, initiated_on, description, merchant, seen_in)"
        " SELECT %s, 'there_' || n, 'card', 'primary', '', 1, '2026-10-01', '2026-10-01', '', '', 0"
        " FROM generate_series(1, %s) AS n",
        *(connection_id, FINISHED),
    )
    day = date(2026, 10, 1)
    names = ["there_7", *[f"new_{n}" for n in range(20)]]
    rows = [Transaction(name, ALL_CARDS, AccountKind.CARD, "", 1, None, day, day) for name in names]
    with database.transaction() as cursor:
        given = {
            "connection_id": connection_id,
            "pull": 1,
            "rows": as_json([asdict(row) for row in rows]),
        }
        cursor.execute(query("keep_transactions"), given)
        assert cursor.fetchone() == (20, 0)
        assert rows_read(cursor, "brex_transaction") < FINISHED / 10
