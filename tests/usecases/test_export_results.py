"""Telling Brex: once, after the posting, and only about what Brex still has as it was posted."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from connector.domain.accounting import ReviewStatus, SourceType, Standing
from connector.domain.drafts import Outcome
from connector.domain.records import Status, Step
from connector.errors import OutcomeUnknownError, RetryLaterError
from connector.ports import Answer, SpendRecord
from connector.usecases.export_results import export_results
from connector.usecases.post_documents import PostDocuments
from tests.usecases.memory_erp import MemoryErp

WHEN = datetime(2026, 10, 31, tzinfo=UTC)
READY = Standing(ReviewStatus.READY_FOR_EXPORT, SourceType.CARD, version=1)


class MemoryBrex:
    """Implements what exporting needs of `SpendSource`."""

    def __init__(self):
        self.standing = READY
        self.reported = []
        self.fails = None
        self.answer = Answer(Outcome.DONE)
        self.reads = 0

    def records(self, ids):
        self.reads += 1
        return {one: SpendRecord(one, {}, self.standing) for one in ids}

    def export_results(self, results):
        self.reported += [(result.record_id, result.reference) for result in results]
        if self.fails:
            raise self.fails
        return {result.record_id: self.answer for result in results}


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
def export(records, brex):
    return lambda row: export_results([row], source=brex, records=records)


def status(sql):
    return sql("SELECT status, reason FROM record")[0]


def test_brex_is_told_the_number_of_the_document(posted, export, brex, sql):
    assert export(posted).moved == ["accr_1"]
    assert brex.reported == [("accr_1", "330")]
    assert status(sql) == ("exported", None)
    assert brex.reads == 0


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


def test_a_record_that_changed_after_it_was_written_is_held_with_both_versions(
    posted, export, brex, sql
):
    sql("UPDATE record SET announced_again = true")
    brex.standing = replace(READY, version=2)
    export(posted)
    assert status(sql) == ("held", "changed_after_posting")
    ((message,),) = sql("SELECT detail->>'message' FROM record")
    assert "version 2 now, and version 1 was posted" in message
    assert brex.reported == []


def test_a_second_announcement_of_the_same_version_changes_nothing(posted, export, brex, sql):
    sql("UPDATE record SET announced_again = true")
    export(posted)
    assert status(sql) == ("exported", None)
    assert brex.reads == 1


def test_a_report_that_got_through_before_is_not_taken_for_a_change(posted, export, brex, sql):
    """Its answer was lost, and an announcement came late."""
    sql("UPDATE record SET announced_again = true")
    brex.standing = replace(READY, version=2, review_status=ReviewStatus.EXPORTED)
    export(posted)
    assert status(sql) == ("exported", None)
