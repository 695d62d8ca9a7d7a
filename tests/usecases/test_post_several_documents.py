"""Records of several documents."""

import pytest

from connector.domain.posting import Confirm, Phase
from connector.domain.records import Status
from connector.usecases.post_documents import PostDocuments
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import REFUSED, MemoryErp
from tests.usecases.posting import status


class TestSeveralDocuments:
    """The documents of a record are posted one after the other, in one turn where nothing waits."""

    def test_all_are_posted_in_their_order(self, bring, post, erp, sql):
        report = post(bring(Status.MAPPED, documents=3))
        assert report.moved == ["accr_1"]
        assert status(sql) == "posted"
        numbers = [invoice("accr_1", nth=n).number for n in (1, 2, 3)]
        assert [held.number for held in erp.posted()] == numbers
        assert [held.marker for held in erp.posted()] == [
            f"{number}.{draft}" for draft, number in enumerate(numbers, start=1)
        ]
        once = [
            "look_up", "open_drafts", "add_lines", "add_lines", "read", "commit", "read"
        ]  # fmt: skip
        assert erp.calls == once * 3

    def test_records_with_few_and_with_many_share_their_calls(self, bring, journal, records, erp):
        rows = [bring(Status.MAPPED, "accr_1", documents=2), bring(Status.MAPPED, "accr_2")]
        use_case = PostDocuments(
            erp=erp, journal=journal, records=records, mark_exported=True, lease_s=60.0
        )
        assert sorted(use_case.run(rows).moved) == ["accr_1", "accr_2"]
        assert len(erp.posted()) == 3

    def test_the_next_begins_when_the_one_before_it_is_confirmed(self, bring, post, again, sql):
        erp = MemoryErp(confirm=Confirm.LEDGER)
        post(bring(Status.MAPPED, documents=2), erp=erp)
        assert status(sql) == "posting"
        assert len(erp.documents) == 1, "the second was begun too early"
        erp.documents["330"].phase = Phase.LEDGER
        again(erp=erp)
        erp.documents["331"].phase = Phase.LEDGER
        again(erp=erp)
        assert status(sql) == "posted"

    def test_a_worker_that_died_between_two_is_followed_by_one_that_posts_the_second_alone(
        self, bring, post, again, erp, sql
    ):
        def die(operation):
            if operation == "open_drafts" and erp.posted():
                raise KeyboardInterrupt

        erp.before = die
        with pytest.raises(KeyboardInterrupt):
            post(bring(Status.MAPPED, documents=2))
        assert status(sql) == "posting"
        erp.before = lambda _: None
        again()
        assert status(sql) == "posted"
        assert len(erp.posted()) == 2
        assert erp.calls.count("commit") == 2

    def test_a_second_one_that_is_refused_holds_the_record_and_is_posted_alone_after_a_retry(
        self, bring, post, again, erp, sql
    ):
        erp.faults["open_drafts"] = [None, REFUSED]
        post(bring(Status.MAPPED, documents=2))
        assert status(sql) == "held: erp_refused"
        assert len(erp.posted()) == 1
        sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
        again()
        assert status(sql) == "posted"
        assert len(erp.posted()) == 2

    def test_a_woken_worker_writes_nothing_of_a_later_document(self, bring, post, again, erp, sql):
        woken = []

        def sleep_through_the_lease(operation):
            if operation == "commit" and not woken:
                woken.append(True)
                again()

        erp.before = sleep_through_the_lease
        post(bring(Status.MAPPED, documents=2))
        assert status(sql) == "posted"
        assert len(erp.posted()) == 2
        assert sorted(held.marker[-2:] for held in erp.documents.values()) == [".1", ".2"]
