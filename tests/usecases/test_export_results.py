"""Telling Brex: once, after the posting, and only about what Brex still has as it was posted."""

from dataclasses import replace

import pytest

from connector.domain.accounting import ReviewStatus
from connector.domain.drafts import Outcome
from connector.domain.records import Status, Step
from connector.errors import OutcomeUnknownError, RetryLaterError
from connector.ports import Answer
from connector.store.finished import PostgresFinished
from connector.store.roles import Role
from connector.usecases.export_results import export_results
from connector.usecases.post_documents import PostDocuments
from tests.usecases.memory_brex import EXPORTED, READY, MemoryBrex
from tests.usecases.memory_erp import MemoryErp


@pytest.fixture
def brex():
    return MemoryBrex()


@pytest.fixture
def posted(bring, journal, records, lease):
    """A record that was posted, leased for export."""
    row = bring(Status.MAPPED)
    post = PostDocuments(
        erp=MemoryErp(), journal=journal, records=records, mark_exported=True, lease_s=60.0
    )
    post.run([row])
    (leased,) = lease(Step.EXPORT, "accr_1")
    return leased


@pytest.fixture
def export(records, brex, database_as):
    finished = PostgresFinished(database_as(Role.WORKER))
    return lambda row: export_results([row], source=brex, records=records, finished=finished)


def status(sql):
    return sql("SELECT status, reason FROM record")[0]


def test_brex_is_told_the_number_of_the_document(posted, export, brex, sql):
    assert export(posted).moved == ["accr_1"]
    assert brex.reported == [("accr_1", "330")]
    assert status(sql) == ("exported", None)
    assert brex.reads == 0


def test_the_history_has_the_trace_id_of_the_report(posted, export, brex, sql):
    brex.answer = Answer(Outcome.DONE, trace_id="t-1")
    export(posted)
    assert sql("SELECT detail FROM record_history WHERE to_status = 'exported'") == [
        ({"trace_id": "t-1"},)
    ]


def test_a_lost_answer_is_settled_by_reading(posted, export, brex, sql):
    brex.fails = OutcomeUnknownError("the answer was lost")
    brex.standing = replace(READY, review_status=ReviewStatus.EXPORTED)
    export(posted)
    assert status(sql) == ("exported", None)
    assert len(brex.reported) == 1


def test_a_report_that_was_lost_itself_is_made_again_later(posted, export, brex, sql, lease):
    brex.fails = OutcomeUnknownError("the answer was lost")
    assert export(posted).waiting == 1
    assert status(sql) == ("posted", None)
    brex.fails = None
    sql("UPDATE record SET due_at = now()")
    export(lease(Step.EXPORT, "accr_1")[0])
    assert status(sql) == ("exported", None)


def test_while_brex_is_away_the_record_waits(posted, export, brex, sql):
    brex.fails = RetryLaterError("503", wait_s=7.0)
    assert export(posted).again_s >= 7.0
    assert status(sql) == ("posted", None)


def test_a_refusal_of_brex_is_held_with_its_words(posted, export, brex, sql):
    brex.answer = Answer(Outcome.REFUSED, code="NOT_FOUND", message="no such record")
    export(posted)
    assert status(sql) == ("held", "export_refused")
    assert sql("SELECT detail->>'message' FROM record") == [("no such record",)]


def test_a_record_that_changed_after_it_was_written_is_held_with_what_differs(
    posted, export, brex, sql
):
    sql("UPDATE record SET announced_again = true")
    brex.changes(READY, amount="31.00")
    assert export(posted).held == 1
    assert status(sql) == ("held", "changed_after_posting")
    ((detail,),) = sql("SELECT detail FROM record")
    assert (
        "version 2 now, and version 1 was posted: amount: 30.00 SEK ▶ 31.00 SEK"
        in detail["message"]
    )
    assert detail["changes"][0] == {"place": "amount", "old": "30.00 SEK", "new": "31.00 SEK"}
    assert brex.reported == []


def test_another_version_in_which_nothing_differs_that_was_posted_is_reported(
    posted, export, brex, sql
):
    sql("UPDATE record SET announced_again = true")
    brex.changes(READY)
    assert export(posted).moved == ["accr_1"]
    assert brex.reported == [("accr_1", "330")]


def test_what_a_person_has_seen_and_retried_is_reported_though_it_is_announced_again(
    posted, export, brex, sql, lease
):
    sql("UPDATE record SET announced_again = true")
    brex.changes(READY, amount="31.00")
    export(posted)
    sql(
        "UPDATE record SET status = 'posted', reason = NULL, due_at = now(), announced_again = true"
    )
    assert export(lease(Step.EXPORT, "accr_1")[0]).moved == ["accr_1"]


def test_a_second_announcement_of_the_same_version_changes_nothing(posted, export, brex, sql):
    sql("UPDATE record SET announced_again = true")
    export(posted)
    assert status(sql) == ("exported", None)
    assert brex.reads == 1


def test_a_report_that_got_through_before_is_not_taken_for_a_change(posted, export, brex, sql):
    """Its answer was lost, and an announcement came late."""
    sql("UPDATE record SET announced_again = true")
    brex.changes(EXPORTED)
    export(posted)
    assert status(sql) == ("exported", None)
