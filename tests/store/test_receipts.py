"""Receipts in PostgreSQL: leased, fenced, kept once by their hash, and never changed."""

from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from pathlib import Path

import psycopg2
import pytest

from connector.domain.receipts import MOVES, ReceiptFault, ReceiptState
from connector.domain.records import Step
from connector.ports import Fetched, ReceiptFile, ReceiptTrouble
from connector.store.queries import query
from connector.store.receipts import PostgresReceipts
from connector.store.roles import Role
from connector.store.sweeping import PostgresSweeping
from tests.waiting import wait_until

PDF = ReceiptFile(b"%PDF-1.7 \x00\xff", "application/pdf")
FINISHED = 5_000
OPERATIONS = Path(__file__).parents[2] / "docs" / "operations.md"


@pytest.fixture
def receipts(database_as):
    return PostgresReceipts(database_as(Role.WORKER))


@pytest.fixture
def connection_id(connections):
    return connections.add("acme", "infor-m3", {"brex": {"receipts": True}}, {})


@pytest.fixture
def fetch(intake, records, lease, connection_id):
    """Have a record fetched that has these receipts, with so many files each."""

    def bring(record_id, *wanted):
        intake.receive(connection_id, [record_id])
        (row,) = lease(Step.FETCH, record_id, batch=1)
        return records.fetched([Fetched(row, {"id": record_id}, 1, wanted)])

    return bring


@pytest.fixture
def take(receipts, connection_id):
    return lambda batch=20: receipts.lease(connection_id, batch, 60.0)


def states(sql):
    return sql(
        "SELECT receipt_id, file, state, coalesce(reason, ''), note FROM receipt ORDER BY id"
    )


def come_due(sql):
    sql("UPDATE receipt SET due_at = now() WHERE state = 'wanted'")


def test_the_database_knows_the_same_moves_as_the_code(sql):
    for old in ReceiptState:
        for new in ReceiptState:
            ((allowed,),) = sql("SELECT is_receipt_move(%s, %s)", old.value, new.value)
            assert allowed is (new in MOVES[old]), (old, new)


def test_receipts_are_wanted_with_the_record_that_was_fetched_and_with_no_other(
    fetch, sql, intake, records, lease, connection_id
):
    assert fetch("accr_1", ("receipt_1", 1), ("receipt_2", 2))
    assert [(one, file, state) for one, file, state, *_ in states(sql)] == [
        ("receipt_1", 1, "wanted"),
        ("receipt_2", 1, "wanted"),
        ("receipt_2", 2, "wanted"),
    ]
    intake.receive(connection_id, ["accr_2"])
    (row,) = lease(Step.FETCH, "accr_2", batch=1)
    sql("UPDATE record SET attempt = attempt + 1 WHERE record_id = 'accr_2'")
    assert records.fetched([Fetched(row, {}, 1, (("receipt_3", 1),))]) == set()
    assert len(states(sql)) == 3


def test_a_record_that_is_fetched_again_keeps_what_is_known_of_its_receipts(
    fetch, take, receipts, sql
):
    fetch("accr_1", ("receipt_1", 1))
    (row,) = take()
    assert receipts.stored(row, PDF)
    sql("UPDATE record SET status = 'received', due_at = now(), lease_until = NULL")
    fetch("accr_1", ("receipt_1", 1), ("receipt_2", 1))
    assert [(one, state) for one, _, state, *_ in states(sql)] == [
        ("receipt_1", "stored"),
        ("receipt_2", "wanted"),
    ]


def test_a_file_is_kept_once_however_many_receipts_have_it(fetch, take, receipts, sql):
    fetch("accr_1", ("receipt_1", 1), ("receipt_2", 1))
    fetch("accr_2", ("receipt_1", 1))
    first, second, third = take()
    assert (first.record_id, first.receipt_id, first.file) == ("accr_1", "receipt_1", 1)
    assert (first.failures, first.claims) == (0, 1)
    assert [receipts.stored(row, PDF) for row in (first, second, third)] == [True] * 3
    ((digest, content),) = sql("SELECT sha256, content FROM receipt_content")
    assert (bytes(content), bytes(digest)) == (PDF.content, sha256(PDF.content).digest())
    assert sql(
        "SELECT DISTINCT state, sha256 = %s, size, content_type, due_at, claims FROM receipt",
        digest,
    ) == [("stored", True, len(PDF.content), "application/pdf", None, 0)]
    assert take() == []


def test_a_file_that_two_workers_bring_at_once_is_kept_once(fetch, take, receipts, sql):
    fetch("accr_1", ("receipt_1", 1))
    (row,) = take()
    insert = "INSERT INTO receipt_content (sha256, content) VALUES (%s, %s)"
    waits = "SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()"
    with ThreadPoolExecutor(1) as other:
        sql("BEGIN")
        sql(insert, sha256(PDF.content).digest(), PDF.content)
        stored = other.submit(receipts.stored, row, PDF)
        wait_until(lambda: sql(waits) != [(0,)], "the second one waits for the first")
        sql("COMMIT")
        assert stored.result(10)
    assert sql("SELECT count(*) FROM receipt_content") == [(1,)]
    assert states(sql) == [("receipt_1", 1, "stored", "", "")]


def test_whoever_was_overtaken_stores_nothing(fetch, take, receipts, sql):
    fetch("accr_1", ("receipt_1", 1))
    (late,) = take()
    assert take() == []
    come_due(sql)
    (row,) = take()
    assert (row.attempt, row.claims) == (late.attempt + 1, 2)
    assert not receipts.stored(late, PDF)
    receipts.troubled([ReceiptTrouble(late, ReceiptFault.TOO_LARGE, "late", None)])
    receipts.give_back([late], "late")
    assert sql("SELECT count(*) FROM receipt_content") == [(0,)]
    assert states(sql) == [("receipt_1", 1, "wanted", "", "")]
    assert receipts.stored(row, PDF)


def test_a_file_that_does_not_come_is_due_again_or_has_failed(fetch, take, receipts, sql):
    fetch("accr_1", ("receipt_1", 1), ("receipt_2", 1), ("receipt_3", 1))
    first, second, third = take()
    receipts.troubled(
        [
            ReceiptTrouble(first, ReceiptFault.NO_ANSWER, "answered 503", 300.0),
            ReceiptTrouble(second, ReceiptFault.TOO_LARGE, "it is", None),
            ReceiptTrouble(third, ReceiptFault.NO_LINK, "Brex is away", 0.0, failed=False),
        ]
    )
    assert states(sql) == [
        ("receipt_1", 1, "wanted", "", "answered 503"),
        ("receipt_2", 1, "failed", "too_large", "it is"),
        ("receipt_3", 1, "wanted", "", "Brex is away"),
    ]
    (row,) = take()
    assert (row.receipt_id, row.failures, row.claims) == ("receipt_3", 0, 1)
    come_due(sql)
    assert [(row.receipt_id, row.failures, row.claims) for row in take()] == [
        ("receipt_1", 1, 1),
        ("receipt_3", 0, 2),
    ]


def test_what_ends_workers_is_taken_alone_and_in_its_turn(fetch, take, receipts, sql):
    fetch("accr_1", *[(f"receipt_{n}", 1) for n in range(3)])
    for _ in range(2):
        assert len(take()) == 3
        come_due(sql)
    fetch("accr_2", ("receipt_9", 1))
    sql("UPDATE receipt SET due_at = now() - interval '1 hour' WHERE receipt_id = 'receipt_1'")
    sql("UPDATE receipt SET due_at = now() - interval '1 minute' WHERE receipt_id = 'receipt_9'")
    (alone,) = take()
    assert (alone.receipt_id, alone.claims) == ("receipt_1", 3)
    assert [row.receipt_id for row in take()] == ["receipt_9"]
    assert [len(take()), len(take()), len(take())] == [1, 1, 0]
    receipts.give_back([alone], "unexpected: ValueError")
    ((due_in,),) = sql(
        "SELECT extract(epoch FROM due_at - now()) FROM receipt WHERE id = %s", alone.id
    )
    assert 7 < due_in <= 8


def test_more_files_of_a_receipt_are_wanted_once_they_are_known(fetch, take, receipts, sql):
    fetch("accr_1", ("receipt_1", 1))
    (row,) = take()
    receipts.want(row, 3)
    receipts.want(row, 3)
    assert [(one, file) for one, file, *_ in states(sql)] == [
        ("receipt_1", 1),
        ("receipt_1", 2),
        ("receipt_1", 3),
    ]


@pytest.mark.parametrize(
    "change",
    [
        "removed_at = now()",
        'config = \'{"brex": {"receipts": false}}\'',
        "config = '{\"brex\": {}}'",
    ],
)
def test_nothing_is_leased_of_a_connection_that_takes_no_receipts(
    fetch, take, database_as, sql, change
):
    sweeping = PostgresSweeping(database_as(Role.WORKER))
    fetch("accr_1", ("receipt_1", 1))
    assert sweeping.due_receipts(overdue_s=0) == ["acme"]
    assert sweeping.due_receipts(overdue_s=60) == []
    sql(f"UPDATE connection SET {change}")
    assert (take(), sweeping.due_receipts(overdue_s=0)) == ([], [])


def test_nothing_is_leased_while_brex_answers_no_reads(
    fetch, take, database_as, sql, connection_id
):
    fetch("accr_1", ("receipt_1", 1))
    sql(
        "INSERT INTO outage (connection_id, peer, of_writes, why, wait_s, probe_at)"
        " VALUES (%s, 'brex', false, 'away', 30, now())",
        connection_id,
    )
    assert take() == []
    assert PostgresSweeping(database_as(Role.WORKER)).due_receipts(overdue_s=0) == []


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE receipt SET content_type = 'text/html'", "ML020"),
        ("UPDATE receipt SET sha256 = sha256('x')", "ML020"),
        (
            """UPDATE receipt SET state = 'wanted', due_at = now(), settled_at = NULL,
                                  sha256 = NULL, size = NULL, content_type = NULL""",
            "ML020",
        ),
        ("DELETE FROM receipt", "ML001"),
        ("UPDATE receipt_content SET content = 'x'", "23514"),
        ("INSERT INTO receipt_content (sha256, content) VALUES (sha256('y'), 'x')", "23514"),
    ],
)
def test_what_is_stored_is_not_changed(fetch, take, receipts, sql, statement, code):
    fetch("accr_1", ("receipt_1", 1))
    assert receipts.stored(take()[0], PDF)
    with pytest.raises(psycopg2.Error) as caught:
        sql(statement)
    assert caught.value.pgcode == code


def test_a_lease_reads_no_record_and_no_receipt_that_is_finished(
    fetch, database, connection_id, sql
):
    sql(
        "SET session_replication_role = replica;"
        " ALTER TABLE record SET (autovacuum_enabled = false);"
        " ALTER TABLE receipt SET (autovacuum_enabled = false);"
        " INSERT INTO record (connection_id, record_id, status, due_at, decided)"
        " SELECT %s, 'done_' || n, 'exported', NULL, true FROM generate_series(1, %s) AS n;"
        " INSERT INTO receipt (connection_id, record, receipt_id, file, state, due_at, settled_at,"
        "                      sha256, size, content_type)"
        " SELECT connection_id, id, 'receipt_1', 1, 'stored', NULL, now(), '', 1, ''"
        " FROM record WHERE status = 'exported';"
        " SET session_replication_role = origin",
        *(connection_id, FINISHED),
    )
    fetch("accr_1", ("receipt_1", 1))
    with database.transaction() as cursor:
        asked = {"connection_id": connection_id, "batch": 20, "lease_s": 60, "alone_from": 2}
        cursor.execute(query("lease_receipts"), asked)
        assert cursor.rowcount == 1
        cursor.execute(
            "SELECT sum(seq_tup_read + idx_tup_fetch) FROM pg_stat_xact_user_tables"
            " WHERE relname IN ('record', 'receipt')"
        )
        assert cursor.fetchone()[0] < FINISHED / 10


def test_the_documented_statement_deletes_old_files_and_nothing_else(fetch, take, receipts, sql):
    section = OPERATIONS.read_text(encoding="utf-8").partition("\n## Receipts\n")[2]
    statement = section.partition("```sql\n")[2].partition("```")[0]
    fetch("accr_1", *[(f"receipt_{n}", 1) for n in range(3)])
    for row, content in zip(take(), (b"old", b"old, and new", b"new"), strict=True):
        receipts.stored(row, ReceiptFile(content, "text/plain"))
    sql(
        "SET session_replication_role = replica;"
        " UPDATE receipt SET settled_at = now() - interval '11 years' WHERE file = 1"
        " AND receipt_id IN ('receipt_0', 'receipt_1');"
        " SET session_replication_role = origin"
    )
    fetch("accr_2", ("receipt_9", 1))
    receipts.stored(take()[0], ReceiptFile(b"old, and new", "text/plain"))
    sql(statement)
    assert {bytes(content) for (content,) in sql("SELECT content FROM receipt_content")} == {
        b"old, and new",
        b"new",
    }
    assert [row[2] for row in states(sql)] == ["stored"] * 4
