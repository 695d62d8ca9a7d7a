"""Documents without drafts, and those whose head carries the lines."""

import pytest

from connector.domain.posting import Phase
from connector.domain.records import Status
from tests.usecases.memory_erp import LOST_ANSWER, LOST_CALL, NOT_SENT, MemoryErp
from tests.usecases.posting import status, the_one_invoice


@pytest.mark.parametrize("has_drafts", [True, False])
class TestLinesWithTheHead:
    """The head carries all lines: none is written by itself, everything else is as ever."""

    @pytest.fixture
    def erp(self, has_drafts):
        return MemoryErp(has_drafts=has_drafts, lines_with_head=True)

    def test_no_line_is_written_by_itself(self, bring, post, erp, sql, has_drafts):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)
        committed = ["commit", "read"] if has_drafts else []
        assert erp.calls == ["look_up", "open_drafts", "read", *committed]
        assert sql("SELECT DISTINCT step FROM erp_write WHERE step = 'line'") == []

    def test_a_lost_answer_is_looked_for(self, bring, post, again, erp, sql):
        erp.faults["open_drafts"] = [LOST_ANSWER]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "posted"
        assert erp.calls.count("open_drafts") == 1
        the_one_invoice(erp)

    def test_what_the_erp_has_otherwise_is_not_posted(self, bring, post, erp, sql, has_drafts):
        def lose_a_line(operation):
            if operation == "read" and len(erp.documents) == 1:
                erp.documents["330"].lines = ["10.00"]

        erp.before = lose_a_line
        post(bring(Status.MAPPED))
        if has_drafts:
            assert status(sql) == "posted"
            assert the_one_invoice(erp).marker.endswith(".2")
        else:
            assert status(sql) == "held: content_differs"


class TestAHeadWithoutItsLines:
    """Where heads that were to carry their lines can be completed."""

    @pytest.fixture
    def erp(self):
        erp = MemoryErp(has_drafts=False, lines_with_head=True, completes_heads=True)

        def tear(operation):
            if operation == "read" and "add_lines" not in erp.calls:
                erp.documents["330"].lines = []

        erp.before = tear
        return erp

    def test_gets_all_of_them_once(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)
        written = [call for call in erp.calls if call in {"open_drafts", "add_lines"}]
        assert written == ["open_drafts", "add_lines", "add_lines"]

    def test_is_held_where_an_answer_was_lost_and_the_lines_are_not_there(
        self, bring, post, again, erp, sql
    ):
        erp.faults["add_lines"] = [LOST_CALL, LOST_CALL]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("add_lines") == 2

    def test_waits_for_its_lines_before_it_is_given_them(self, bring, post, erp, sql):
        erp.set_rules(settle_s=60.0)
        post(bring(Status.MAPPED))
        assert status(sql) == "posting"
        assert "add_lines" not in erp.calls


class TestWithoutDrafts:
    """The write itself posts: nothing doubtful is ever sent again."""

    @pytest.fixture
    def erp(self):
        return MemoryErp(has_drafts=False)

    def test_an_invoice_is_written_and_read_back(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        the_one_invoice(erp)
        assert "commit" not in erp.calls

    def test_a_lost_answer_is_found(self, bring, post, again, erp, sql):
        erp.faults["open_drafts"] = [LOST_ANSWER]
        erp.faults["add_lines"] = [None, LOST_ANSWER]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "posted"
        the_one_invoice(erp)

    @pytest.mark.parametrize("operation", ["open_drafts", "add_lines"])
    def test_what_two_looks_do_not_find_is_held_and_never_sent_again(
        self, bring, post, again, erp, sql, operation
    ):
        erp.faults[operation] = [LOST_CALL]
        post(bring(Status.MAPPED))
        while status(sql) == "posting":
            again()
        assert status(sql) == "held: outcome_unknown"
        sent = {"open_drafts": 1, "add_lines": 2}[operation]
        assert erp.calls.count(operation) == sent
        assert erp.calls.count("look_up") + erp.calls.count("read") >= 2

    def test_a_document_that_is_not_in_the_ledger_is_not_posted(self, bring, post, again, erp, sql):
        batch = MemoryErp()
        batch.faults["commit"] = [NOT_SENT]
        post(bring(Status.MAPPED), erp=batch)
        erp.documents = batch.documents  # the connection was switched to a program without drafts
        again()
        assert status(sql) == "held: erp_document_missing"

    def test_nothing_new_is_written_while_an_earlier_write_is_doubtful(
        self, bring, post, from_the_start, erp, sql
    ):
        erp.faults["open_drafts"] = [LOST_CALL]
        post(bring(Status.MAPPED))
        sql("UPDATE erp_draft SET state = 'spare'")
        post(from_the_start())
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("open_drafts") == 1


class TestWhatIsOnlyQueued:
    """The ERP takes a document on, and what becomes of it shows later."""

    @pytest.fixture
    def erp(self):
        erp = MemoryErp(has_drafts=False, lines_with_head=True, answers_later=True, settle_s=60.0)
        erp.faults["open_drafts"] = [LOST_ANSWER]
        return erp

    @pytest.fixture
    def settled(self, sql):
        return lambda: sql("UPDATE erp_write SET settles_at = now()")

    def test_it_is_looked_for_at_once_and_posted_once_it_shows(self, bring, post, erp, sql):
        post(bring(Status.MAPPED))
        assert status(sql) == "posted"
        assert erp.calls.count("open_drafts") == 1

    def test_a_rejection_is_held_and_nothing_is_sent_again(
        self, bring, post, from_the_start, erp, sql
    ):
        def reject(operation):
            if operation == "look_up":
                for held in erp.documents.values():
                    held.phase, held.lines = Phase.REFUSED, []

        erp.before = reject
        post(bring(Status.MAPPED))
        assert status(sql) == "held: erp_refused"
        assert "rejected" in sql("SELECT detail->>'message' FROM record")[0][0]
        post(from_the_start())
        assert status(sql) == "held: erp_refused"
        assert erp.calls.count("open_drafts") == 1

    def test_what_never_shows_is_held_after_two_looks(self, bring, post, again, settled, erp, sql):
        erp.faults["open_drafts"] = [LOST_CALL]
        post(bring(Status.MAPPED))
        assert status(sql) == "posting"
        for _ in range(2):
            settled()
            again()
        assert status(sql) == "held: outcome_unknown"
        assert erp.calls.count("open_drafts") == 1

    def test_what_the_erp_is_still_at_is_waited_for(self, bring, post, again, settled, erp, sql):
        def at_work(operation):
            if operation == "look_up":
                for held in erp.documents.values():
                    held.phase, held.lines = Phase.BUSY, []

        erp.before = at_work
        post(bring(Status.MAPPED))
        assert status(sql) == "posting"
        settled()
        again()
        assert status(sql) == "held: outcome_unknown"
