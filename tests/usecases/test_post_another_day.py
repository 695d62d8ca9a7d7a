"""Documents whose day the ERP refuses, and what becomes of their drafts on another day."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest

from connector.domain.documents import GlEntry
from connector.domain.periods import Period, PeriodState
from connector.domain.posting import Phase
from connector.domain.records import Status, Step
from connector.ports import Fetched
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import (
    CLOSED,
    LOST_ANSWER,
    LOST_CALL,
    NOT_SENT,
    REFUSED,
    Held,
    MemoryErp,
)
from tests.usecases.posting import status, the_one_invoice


class TestAnEntryThatGetsAnotherDay:
    """Ledgers are read by days: what was given up may stand on the day that it had then."""

    @pytest.fixture
    def entry(self):
        there = invoice("accr_1")
        debit, credit = there.lines[0], replace(there.lines[1], amount=Decimal("-10.00"))
        common = {"company": there.company, "currency": "SEK", "text": "Taxi"}
        return GlEntry(
            number=there.number,
            record_id="accr_1",
            accounting_date=date(2026, 10, 31),
            lines=(debit, credit),
            **common,
        )

    def test_a_draft_that_somebody_updated_is_found_there(
        self, bring, post, from_the_start, entry, erp, sql
    ):
        bring(Status.FETCHED)
        erp.faults["open_drafts"] = [LOST_CALL, REFUSED]
        post(from_the_start(entry))
        assert status(sql) == "held: erp_refused"
        marker = f"{entry.number}.1"
        spare = Held("77", entry.number, marker, "10.00", phase=Phase.LEDGER)
        spare.day = entry.accounting_date
        erp.documents["77"] = spare
        post(from_the_start(entry, accounting_date=date(2026, 11, 1)))
        assert status(sql) == "held: spare_draft_posted"
        assert erp.posted() == [spare]

    def test_what_is_found_on_any_day_is_not_taken_for_two(
        self, bring, post, from_the_start, entry, erp, sql
    ):
        bring(Status.FETCHED)
        erp.faults["open_drafts"] = [REFUSED, LOST_ANSWER]
        post(from_the_start(entry))
        post(from_the_start(entry, accounting_date=date(2026, 11, 1)))
        assert status(sql) == "posted"
        assert erp.calls.count("open_drafts") == 2


OCTOBER, NOVEMBER = date(2026, 10, 31), date(2026, 11, 1)


@pytest.fixture
def erp():
    """As M3 has its ledger: what a batch would come to is asked before anything is decided."""
    erp = MemoryErp(controls_drafts=True, commit_repeats=False, removes_drafts=False)
    erp.period_of[OCTOBER] = Period(PeriodState.UNKNOWN, NOVEMBER)
    return erp


def days(sql):
    return sql("SELECT company, day FROM refused_day")


def test_a_draft_is_controlled_before_it_is_decided_on(bring, post, erp, sql):
    post(bring(Status.MAPPED))
    assert status(sql) == "posted"
    assert erp.calls == [
        "look_up", "open_drafts", "add_lines", "add_lines", "read", "control", "commit", "read"
    ]  # fmt: skip


def test_a_refused_control_holds_what_is_not_decided_and_begins_anew_when_retried(
    bring, post, from_the_start, erp, sql
):
    erp.faults["control"] = [REFUSED]
    post(bring(Status.MAPPED))
    assert status(sql) == "held: erp_refused"
    assert sql("SELECT decided FROM record") == [(False,)]
    post(from_the_start(accounting_date=NOVEMBER))
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".2")


@pytest.mark.parametrize("lost", [LOST_ANSWER, LOST_CALL, NOT_SENT])
def test_a_control_without_an_answer_is_asked_for_again(bring, post, again, erp, sql, lost):
    erp.faults["control"] = [lost]
    post(bring(Status.MAPPED))
    assert status(sql) == "posting"
    again()
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".1")
    assert erp.calls.count("commit") == 1


@pytest.mark.parametrize("died_before", ["control", "commit"])
def test_a_worker_that_died_around_the_control_is_followed_by_one_that_posts_the_same_draft(
    bring, post, again, erp, sql, died_before
):
    def die(operation):
        if operation == died_before:
            raise KeyboardInterrupt

    erp.before = die
    with pytest.raises(KeyboardInterrupt):
        post(bring(Status.MAPPED))
    erp.before = lambda _: None
    again()
    while status(sql) == "posting":
        again()
    expected = {"control": "posted", "commit": "held: outcome_unknown"}
    assert status(sql) == expected[died_before]
    assert len(erp.documents) == 1
    assert erp.calls.count("commit") == (died_before == "control")


def test_what_a_person_changes_in_a_controlled_draft_is_not_posted(bring, post, again, erp, sql):
    erp.faults["control"] = [NOT_SENT]
    post(bring(Status.MAPPED))
    erp.documents["330"].lines.append("5.00")
    again()
    assert status(sql) == "posted"
    assert the_one_invoice(erp).marker.endswith(".2")


class TestARefusedDayWhereThePolicyMovesIt:
    """What is not decided on begins again, and the day is remembered."""

    @pytest.fixture
    def moved(self, bring, post, refused_days):
        def run(**more):
            return post(bring(Status.MAPPED, **more), refused_days=refused_days)

        return run

    @pytest.fixture
    def posted_on(self, lease, records, post, refused_days):
        """What a worker that takes up the record anew makes of it, on that day."""

        def run(day):
            (row,) = lease(Step.FETCH, "accr_1")
            records.fetched([Fetched(row, {}, 1)])
            (row,) = lease(Step.MAP, "accr_1")
            records.mapped([(row, [replace(invoice("accr_1"), accounting_date=day)])], 1)
            (row,) = lease(Step.POST, "accr_1")
            return post(row, refused_days=refused_days)

        return run

    def test_it_begins_again_and_is_posted_on_another_under_the_same_number(
        self, moved, posted_on, erp, sql, refused_days
    ):
        erp.faults["control"] = [CLOSED]
        moved()
        assert status(sql) == "received"
        assert days(sql) == [("100/AAA", OCTOBER)]
        assert refused_days.known(within_s=60) == {("100/AAA", OCTOBER)}
        posted_on(NOVEMBER)
        assert status(sql) == "posted"
        assert the_one_invoice(erp).marker.endswith(".2")
        assert sql("SELECT draft, state FROM erp_draft ORDER BY draft") == [
            (1, "spare"),
            (2, "decided"),
        ]
        moves = sql("SELECT to_status, detail->>'reason' FROM record_history ORDER BY id")
        assert moves[-6:] == [
            ("held", "period_closed"), ("received", None), ("fetched", None),
            ("mapped", None), ("posting", None), ("posted", None),
        ]  # fmt: skip

    def test_the_draft_of_that_day_is_found_if_somebody_posts_it(self, moved, posted_on, erp, sql):
        erp.faults["control"] = [CLOSED]
        moved()
        erp.documents["330"].phase = Phase.LEDGER
        posted_on(NOVEMBER)
        assert status(sql) == "held: spare_draft_posted"
        assert len(erp.posted()) == 1

    def test_without_drafts_it_does_so_when_nothing_was_written(self, moved, erp, sql):
        erp.set_rules(has_drafts=False, controls_drafts=False)
        erp.faults["open_drafts"] = [CLOSED]
        moved()
        assert status(sql) == "received"
        assert days(sql) == [("100/AAA", OCTOBER)]

    def test_without_drafts_it_is_held_once_something_stands(self, moved, erp, sql):
        erp.set_rules(has_drafts=False, controls_drafts=False)
        erp.faults["add_lines"] = [CLOSED]
        moved()
        assert status(sql) == "held: period_closed"

    def test_what_was_decided_on_is_held(self, moved, erp, sql):
        erp.faults["commit"] = [CLOSED]
        moved()
        assert (status(sql), days(sql)) == ("held: period_closed", [])

    def test_a_second_document_is_held_when_the_first_stands(self, moved, erp, sql):
        erp.faults["control"] = [None, CLOSED]
        moved(documents=2)
        assert (status(sql), days(sql)) == ("held: period_closed", [])
        assert len(erp.posted()) == 1

    def test_it_is_held_where_the_erp_shows_no_later_day(self, moved, erp, sql):
        erp.period_of.clear()
        erp.faults["control"] = [CLOSED]
        moved()
        assert (status(sql), days(sql)) == ("held: period_closed", [])

    def test_a_day_to_come_is_held_and_not_put_off_further(self, moved, posted_on, erp, sql):
        erp.faults["control"] = [CLOSED, CLOSED]
        moved()
        erp.period_of[date(2099, 1, 1)] = Period(PeriodState.UNKNOWN, date(2099, 2, 1))
        posted_on(date(2099, 1, 1))
        assert status(sql) == "held: period_closed"
        assert days(sql) == [("100/AAA", OCTOBER)]

    def test_a_worker_that_was_overtaken_moves_nothing(self, moved, again, erp, sql):
        woken = []

        def sleep_through_the_lease(operation):
            if operation == "control" and not woken:
                woken.append(True)
                again()

        erp.before = sleep_through_the_lease
        erp.faults["control"] = [None, CLOSED]
        moved()
        assert status(sql) == "posted"
        assert len(erp.documents) == 1

    @pytest.mark.parametrize("moves_day", [False, True])
    def test_where_the_policy_holds_it_begins_again_if_a_person_let_it_go(
        self, bring, post, refused_days, erp, sql, moves_day
    ):
        erp.faults["control"] = [CLOSED]
        row = replace(bring(Status.MAPPED), moves_day=moves_day)
        post(row, refused_days=refused_days, moves_days=False)
        assert status(sql) == ("received" if moves_day else "held: period_closed")

    def test_only_refusals_of_late_are_known(self, moved, erp, sql, refused_days):
        erp.faults["control"] = [CLOSED]
        moved()
        sql("UPDATE refused_day SET refused_at = now() - interval '2 hours'")
        assert refused_days.known(within_s=3600) == frozenset()


def test_where_the_policy_is_to_hold_a_refused_day_is_held(bring, post, erp, sql):
    erp.faults["control"] = [CLOSED]
    post(bring(Status.MAPPED))
    assert (status(sql), days(sql)) == ("held: period_closed", [])
