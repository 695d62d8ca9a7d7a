"""What Brex changes behind a finished record is noticed by the poll, once, and told in detail."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.domain.accounting import ReviewStatus, SourceType
from connector.domain.reasons import Hold, Reason
from connector.domain.records import Status
from connector.store.actions import PostgresActions
from connector.store.finished import PostgresFinished
from connector.store.roles import Role
from connector.usecases.poll_records import poll_records
from tests.store.deliveries import deliver
from tests.usecases.memory_brex import EXPORTED, READY, MemoryBrex

NOW = datetime(2026, 11, 1, tzinfo=UTC)


@pytest.fixture
def brex():
    return MemoryBrex()


@pytest.fixture
def finish(bring, decide, records, sql):
    """A finished record: exported, or posted where Brex is not told."""

    def to(status="exported"):
        row = bring(Status.MAPPED)
        decide(row)
        if status == "posted":
            sql('UPDATE connection SET config = \'{"brex": {"mark_exported": false}}\'')
        records.posted([(row, 1, "")])
        if status == "exported":
            records.exported([(row, "")])
        return row

    return to


@pytest.fixture
def poll(intake, connection_id, database_as, brex):
    finished = PostgresFinished(database_as(Role.WORKER))

    def run():
        return poll_records(
            connection_id,
            source=brex,
            intake=intake,
            finished=finished,
            now=NOW,
            watermark=NOW,
        ).changed

    return run


def standing(sql):
    return sql("SELECT status, reason, held_from FROM record")[0]


def message(sql):
    return sql("SELECT detail->>'message' FROM record")[0][0]


@pytest.mark.parametrize("status", ["exported", "posted"])
@pytest.mark.parametrize("shown_as", [READY, EXPORTED])
def test_a_change_of_what_was_posted_is_held_with_what_differs(
    finish, poll, brex, sql, status, shown_as
):
    finish(status)
    brex.changes(shown_as, amount="31.00")
    assert poll() == 1
    assert standing(sql) == ("held", "changed_after_posting", status)
    assert "version 2 now, and version 1 was posted: amount: 30.00 SEK ▶ 31.00" in message(sql)
    ((changes,),) = sql("SELECT detail->'changes' FROM record")
    assert changes[0] == {"place": "amount", "old": "30.00 SEK", "new": "31.00 SEK"}


def test_the_version_that_our_own_report_makes_is_compared_once_and_holds_nothing(
    finish, poll, brex, sql
):
    finish()
    brex.changes(EXPORTED)
    assert poll() == 0
    assert standing(sql) == ("exported", None, None)
    assert sql("SELECT version, seen_version FROM record") == [(1, 2)]
    brex.read = None  # nothing is compared any more
    assert poll() == 0


def test_nothing_is_asked_of_brex_for_a_record(finish, poll, brex):
    finish()
    brex.changes(EXPORTED, amount="31.00")
    poll()
    assert brex.reads == 0
    cards, trips = SourceType.CARD, SourceType.REIMBURSEMENT
    ready, exported = ReviewStatus.READY_FOR_EXPORT, ReviewStatus.EXPORTED
    assert brex.queries == [
        *((cards, ready), (trips, ready), (SourceType.BILL, None)),
        *((cards, exported), (trips, exported)),
    ]


def test_it_is_told_once_and_a_further_change_is_told_again(finish, poll, brex, sql):
    finish()
    brex.changes(EXPORTED, amount="31.00")
    assert [poll(), poll()] == [1, 0]
    brex.changes(EXPORTED, amount="32.00")
    assert poll() == 1
    assert "version 3 now, and version 1 was posted: amount: 30.00 SEK ▶ 32.00" in message(sql)


def test_a_retry_keeps_what_was_posted_and_is_not_told_of_it_again(
    finish, poll, brex, sql, database
):
    row = finish()
    brex.changes(EXPORTED, amount="31.00")
    poll()
    (moved,) = PostgresActions(database).retry([row.id])
    assert moved.status is Status.EXPORTED
    assert poll() == 0
    assert standing(sql) == ("exported", None, None)


def test_a_new_version_that_cannot_be_read_is_held(finish, poll, brex, sql):
    finish()
    brex.changes(EXPORTED, amount="unreadable")
    assert poll() == 1
    assert "cannot be compared: no amount" in message(sql)


def test_a_record_that_is_held_for_something_else_tells_of_both(finish, poll, brex, sql, records):
    row = finish()
    records.hold([(row, Hold(Reason.SPARE_DRAFT_POSTED, "somebody validated 77", value="77"))])
    brex.changes(EXPORTED, amount="31.00")
    assert poll() == 1
    assert standing(sql) == ("held", "spare_draft_posted", "exported")
    assert message(sql).startswith("somebody validated 77; Brex has version 2 now")
    assert sql("SELECT detail->>'value' FROM record") == [("77",)]


def test_a_record_that_was_touched_since_it_was_compared_is_left_for_the_next_poll(
    finish, brex, sql, database_as, connection_id
):
    finish()
    finished = PostgresFinished(database_as(Role.WORKER))
    brex.changes(EXPORTED, amount="31.00")
    (row,) = finished.changed(connection_id, {"accr_1": 2})
    sql("UPDATE record SET attempt = attempt + 1")
    hold = Hold(Reason.CHANGED_AFTER_POSTING, "amount")
    assert finished.tell([(row, 2, hold)]) == set()
    finished.note([(row, 2)])
    assert sql("SELECT status, seen_version FROM record") == [("exported", None)]


def test_an_exported_record_that_brex_announces_again_is_asked_for_by_the_next_poll(
    finish, poll, brex, sql, intake, connection_id
):
    finish()
    deliver(intake, connection_id, ["accr_1"])
    brex.standing = replace(READY, source_type=SourceType.UNKNOWN, version=2)
    assert poll() == 0
    assert brex.reads == 1
    assert sql("SELECT status, announced_again FROM record") == [("exported", False)]
    poll()
    assert brex.reads == 1


def test_what_is_on_its_way_is_not_held_by_the_poll(bring, decide, poll, brex, sql):
    decide(bring(Status.MAPPED))
    brex.changes(EXPORTED, amount="31.00")
    assert poll() == 0
    assert standing(sql) == ("posting", None, None)
