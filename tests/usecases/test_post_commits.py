"""After the decision: a document is committed by its number, and confirmed as it is asked for."""

import pytest

from connector.domain.posting import Confirm, Phase
from connector.domain.records import Status, Step
from connector.ports import Fetched
from connector.usecases.post_documents import PostDocuments
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import LOST_ANSWER, LOST_CALL, NOT_SENT, REFUSED, MemoryErp
from tests.usecases.posting import status, the_one_invoice


def test_a_document_that_fails_validation_is_held_and_committed_again_by_its_number(
    bring, post, again, erp, sql
):
    erp.validates_to = Phase.REFUSED
    post(bring(Status.MAPPED))
    assert status(sql) == "held: erp_validation_failed"
    erp.validates_to = Phase.VALIDATED
    sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
    again()
    assert status(sql) == "posted"
    assert erp.calls.count("open_drafts") == 1
    assert erp.calls.count("commit") == 2


def test_a_lost_commit_is_read_before_it_is_repeated(bring, post, erp, sql):
    erp.faults["commit"] = [LOST_ANSWER]
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert erp.calls.count("commit") == 1


def test_a_commit_that_never_arrived_is_repeated(bring, post, again, erp, sql):
    erp.faults["commit"] = [LOST_CALL]
    post(bring(Status.MAPPED))
    while status(sql) == "posting":
        again()
    assert status(sql) == "posted"
    assert erp.calls.count("commit") == 2


def test_documents_that_are_validated_together_are_read_again_together(
    erp, intake, lease, records, journal, connection_id, sql
):
    ids = [f"accr_{n}" for n in range(1, 11)]
    intake.receive(connection_id, ids)
    records.fetched([Fetched(row, {}, 1) for row in lease(Step.FETCH)])
    records.mapped([(row, [invoice(row.record_id)]) for row in lease(Step.MAP)], 1)
    erp.validates_to = Phase.BUSY
    naps = []

    def nap(seconds):
        naps.append(seconds)
        for held in erp.documents.values():
            held.phase = Phase.VALIDATED

    PostDocuments(
        erp=erp, journal=journal, records=records, mark_exported=True, lease_s=60.0, sleep=nap
    ).run(lease(Step.POST))
    assert sql("SELECT status, count(*) FROM record GROUP BY status") == [("posted", 10)]
    assert len(naps) == 1


def test_a_written_document_counts_at_once_where_the_tenant_validates_by_itself(bring, post, sql):
    erp = MemoryErp(confirm=Confirm.WRITTEN)
    post(bring(Status.MAPPED), erp=erp)
    assert status(sql) == "posted"
    assert "commit" not in erp.calls


def test_a_validated_document_waits_for_the_ledger_where_that_is_asked_for(bring, post, again, sql):
    erp = MemoryErp(confirm=Confirm.LEDGER)
    post(bring(Status.MAPPED), erp=erp)
    assert status(sql) == "posting"
    assert "awaiting update to the ledger" in sql("SELECT note FROM record")[0][0]
    erp.documents["330"].phase = Phase.LEDGER
    again(erp=erp)
    assert status(sql) == "posted"


def test_eight_drafts_that_all_fail_are_enough(bring, post, again, erp, sql):
    erp.faults["open_drafts"] = [LOST_CALL] * 20
    post(bring(Status.MAPPED))
    assert status(sql) == "held: too_many_drafts"
    assert erp.calls.count("open_drafts") == 8


def test_a_decided_draft_that_somebody_changed_is_held_and_not_committed(
    bring, post, again, erp, sql
):
    erp.validates_to = Phase.REFUSED
    post(bring(Status.MAPPED))
    erp.documents["330"].lines.append("999999.00")
    sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
    again()
    assert status(sql) == "held: content_differs"
    assert erp.calls.count("commit") == 1


def test_a_commit_that_was_not_sent_counts_for_nothing_and_is_sent_again(
    bring, post, again, erp, sql
):
    erp.faults["commit"] = [NOT_SENT] * 7
    post(bring(Status.MAPPED))
    while status(sql) == "posting":
        again()
    assert status(sql) == "posted"
    assert sql("SELECT count(*) FROM erp_write WHERE step = 'commit'") == [(1,)]


def test_after_a_mend_the_words_of_the_old_validation_are_not_taken_for_the_new_ones(
    bring, post, again, sql
):
    slow = MemoryErp(settle_s=5.0)
    slow.validates_to = Phase.REFUSED
    post(bring(Status.MAPPED), erp=slow)
    assert status(sql) == "held: erp_validation_failed"
    sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
    again(erp=slow)  # the job has been submitted, and has not begun
    assert status(sql) == "posting"
    slow.documents["330"].phase = Phase.VALIDATED
    again(erp=slow)
    assert status(sql) == "posted"


def test_a_retry_after_too_many_drafts_begins_a_new_count(bring, post, from_the_start, erp, sql):
    erp.faults["open_drafts"] = [LOST_CALL] * 8
    post(bring(Status.MAPPED))
    assert status(sql) == "held: too_many_drafts"
    post(from_the_start())
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".9")


class TestACommitThatIsSentOnce:
    """A commit that could post a second time is never repeated: it is looked for."""

    @pytest.fixture
    def erp(self):
        return MemoryErp(commit_repeats=False, busy_s=0.0)

    @pytest.fixture
    def retried(self, sql, again):
        def run():
            sql("UPDATE record SET status = 'posting', reason = NULL, due_at = now()")
            again()
            while status(sql) == "posting":
                again()

        return run

    def test_a_lost_answer_is_looked_for_and_found(self, bring, post, erp, sql):
        erp.faults["commit"] = [LOST_ANSWER]
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        assert erp.calls.count("commit") == 1

    @pytest.mark.parametrize("lost", [LOST_CALL, None])
    def test_without_effect_it_is_held_until_a_person_has_seen_to_it(
        self, bring, post, again, retried, erp, sql, lost
    ):
        erp.faults["commit"], erp.validates_to = [lost], Phase.DRAFT
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        retried()
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("commit") == 1
        erp.documents["330"].phase = Phase.LEDGER
        retried()
        assert status(sql) == "posted"
        assert erp.calls.count("commit") == 1

    def test_a_refused_one_is_sent_again_once_a_person_retries(
        self, bring, post, retried, erp, sql
    ):
        erp.faults["commit"] = [REFUSED]
        post(bring(Status.MAPPED))
        assert status(sql) == "held: erp_refused"
        retried()
        assert status(sql) == "posted"
        assert erp.calls.count("commit") == 2


class TestDraftsThatCannotBeRead:
    """Where the ERP does not show its drafts, each write of one must have been answered."""

    @pytest.fixture
    def erp(self):
        return MemoryErp(commit_repeats=False, reads_drafts=False, settle_s=60.0)

    def test_a_draft_of_which_every_write_was_answered_is_decided_on(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)

    @pytest.mark.parametrize("operation", ["open_drafts", "add_lines"])
    @pytest.mark.parametrize("lost", [LOST_ANSWER, LOST_CALL])
    def test_a_lost_answer_costs_the_draft_at_once(self, bring, post, erp, sql, operation, lost):
        erp.faults[operation] = [lost]
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        assert the_one_invoice(erp).marker.endswith(".2")

    def test_what_the_ledger_has_otherwise_is_held(self, bring, post, erp, sql):
        def lose_a_line(operation):
            if operation == "commit":
                erp.documents["330"].lines = ["10.00"]

        erp.before = lose_a_line
        post(bring(Status.MAPPED))
        assert status(sql) == "held: content_differs"
        assert erp.calls.count("commit") == 1
