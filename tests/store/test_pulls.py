"""What pulls keep: pages with their cursors, old values, what is gone; and how it is read."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from connector.domain.money import Money
from connector.domain.pulls import Part, PullKind
from connector.domain.transactions import (
    ALL_CARDS,
    AccountKind,
    Expense,
    RecordSummary,
    SpendAccount,
    Statement,
    Transaction,
)
from connector.errors import LeaseLostError
from connector.ports import PulledPage
from connector.store.pulls import PostgresPulls
from connector.store.roles import Role
from connector.store.transactions import Transactions

CARD = Part(PullKind.CARD_TRANSACTIONS)
RECORDS = Part(PullKind.RECORDS, "REVIEW")
SINCE, UNTIL = date(2026, 10, 1), date(2026, 11, 1)


def transaction(name, amount=1050, day=3, **more):
    posted = date(2026, 10, day)
    fields = {"type": "PURCHASE", "currency": "SEK", "initiated_on": posted - timedelta(days=1)}
    return Transaction(
        name, ALL_CARDS, AccountKind.CARD, amount=amount, posted_on=posted, **{**fields, **more}
    )


MOMENT = datetime(2026, 10, 5, 12, tzinfo=UTC)
AMOUNT = Money(Decimal("10.5"), "SEK")
BASIS = RecordSummary(
    *("accr_0", "expense_0", "CARD_EXPENSE_POST", "CARD", "REVIEW", AMOUNT),
    *(MOMENT, MOMENT, MOMENT, "SJ", 1),
)


def record(name, version=1, status="REVIEW", **more):
    return replace(BASIS, id=name, version=version, review_status=status, **more)


@pytest.fixture
def pulls(database_as, connection_id):
    return PostgresPulls(database_as(Role.WORKER), connection_id)


@pytest.fixture
def kept(database_as, connection_id):
    return Transactions(database_as(Role.WORKER), connection_id)


@pytest.fixture
def pull(pulls):
    """One whole pull of a part, of one page."""

    def run(part, *rows, since=SINCE):
        begun = pulls.begin(part, since, UNTIL)
        pulls.keep(begun, PulledPage(rows))
        return pulls.finish(begun)

    return run


@pytest.fixture
def break_off(sql):
    """The process of whatever goes on dies, and its lease ends."""
    return lambda: sql("UPDATE brex_pull SET lease_until = now() - interval '1 s'")


def test_transactions_are_read_back_as_they_were_kept_and_in_the_order_of_their_days(pull, kept):
    rows = [
        transaction("t3", -5, day=9, type="REFUND", expense_id="e_1", card_id="card_1"),
        transaction("t1", 2**62, day=31, currency=None, description="Åre", merchant="SJ AB"),
        transaction("t2", None, day=9),
    ]
    done = pull(CARD, *rows)
    assert (done.is_whole, done.rows, done.new, done.changed, done.gone) == (True, 3, 3, 0, 0)
    assert list(kept.between(SINCE, UNTIL)) == [rows[2], rows[0], rows[1]]
    assert [one.id for one in kept.between(date(2026, 10, 9), date(2026, 10, 10))] == ["t2", "t3"]
    assert list(kept.between(date(2026, 10, 10), date(2026, 10, 31))) == []


def test_a_window_of_several_pages_is_streamed_whole(pull, kept, monkeypatch):
    monkeypatch.setattr("connector.store.transactions._PAGE", 7)
    rows = [transaction(f"t{n:03}", day=1 + n % 3) for n in range(50)]
    pull(CARD, *rows)
    streamed = [one.id for one in kept.between(SINCE, UNTIL)]
    assert streamed == [one.id for one in sorted(rows, key=lambda one: (one.posted_on, one.id))]


def test_what_is_read_anew_is_kept_once_and_a_changed_amount_keeps_the_old_one(pull, kept, sql):
    pull(CARD, transaction("t1", 100), transaction("t2", 200))
    done = pull(CARD, transaction("t1", 100, description="new"), transaction("t2", 201))
    assert (done.rows, done.new, done.changed) == (2, 0, 1)
    assert [(one.id, one.amount) for one in kept.between(SINCE, UNTIL)] == [
        ("t1", 100),
        ("t2", 201),
    ]
    assert sql(
        "SELECT transaction_id, amount, currency, posted_on, pull FROM brex_transaction_change"
    ) == [("t2", 200, "SEK", date(2026, 10, 3), done.id)]


def test_what_a_whole_reading_does_not_show_is_gone_and_comes_back_when_it_is_shown(pull, kept):
    pull(CARD, transaction("early", day=1), transaction("t1", day=5), transaction("t2", day=6))
    done = pull(CARD, transaction("t2", day=6), since=date(2026, 10, 5))
    assert done.gone == 1
    assert [one.id for one in kept.between(SINCE, UNTIL)] == ["early", "t2"]
    assert [one.id for one in kept.gone(SINCE, UNTIL)] == ["t1"]
    pull(CARD, transaction("early", day=1), transaction("t1", day=5), transaction("t2", day=6))
    assert list(kept.gone(SINCE, UNTIL)) == []


def test_of_one_account_nothing_is_gone_because_another_was_read(pull, kept):
    of = {name: replace(transaction(name), account_id=name, kind=AccountKind.CASH) for name in "ab"}
    for name, row in of.items():
        pull(Part(PullKind.CASH_TRANSACTIONS, name), row)
    assert pull(CARD).gone == 0
    assert pull(Part(PullKind.CASH_TRANSACTIONS, "a")).gone == 1
    assert [one.id for one in kept.between(SINCE, UNTIL)] == ["b"]


def test_a_pull_that_was_broken_off_goes_on_at_its_cursor_and_the_first_keeps_nothing_more(
    pulls, kept, break_off
):
    dead = pulls.begin(CARD, SINCE, UNTIL)
    assert pulls.begin(CARD, SINCE, UNTIL) is None, "one goes on"
    pulls.keep(dead, PulledPage([transaction("t1")], "page 2"))
    break_off()
    next_ = pulls.begin(CARD, SINCE, UNTIL)
    assert (next_.id, next_.cursor, next_.pages, next_.rows) == (dead.id, "page 2", 1, 1)
    for late in (
        lambda: pulls.keep(dead, PulledPage([transaction("late")], "page 3")),
        lambda: pulls.finish(dead),
        lambda: pulls.put_off(dead, "why"),
    ):
        with pytest.raises(LeaseLostError, match="taken over"):
            late()
    pulls.keep(next_, PulledPage([transaction("t2")]))
    done = pulls.finish(next_)
    assert (done.is_whole, done.rows, done.new, done.gone) == (True, 2, 2, 0)
    assert [one.id for one in kept.between(SINCE, UNTIL)] == ["t1", "t2"]


def test_what_is_put_off_goes_on_at_once_and_says_why_meanwhile(pulls, kept):
    begun = pulls.begin(CARD, SINCE, UNTIL)
    pulls.keep(begun, PulledPage([transaction("t1")], "page 2"))
    assert pulls.put_off(begun, "answered 429").finished_at is None
    assert [one.why for one in kept.coverage()] == ["answered 429"]
    assert pulls.begin(CARD, SINCE, UNTIL).cursor == "page 2"


@pytest.mark.parametrize("why", ["another window", "long ago"])
def test_a_broken_off_pull_that_is_old_or_has_another_window_is_begun_anew(
    pulls, break_off, sql, why
):
    old = pulls.begin(CARD, SINCE, UNTIL)
    pulls.keep(old, PulledPage([transaction("t1")], "page 2"))
    break_off()
    if why == "long ago":
        sql("UPDATE brex_pull SET started_at = now() - interval '13 hours'")
    since = SINCE if why == "long ago" else date(2026, 9, 1)
    fresh = pulls.begin(CARD, since, UNTIL)
    assert (fresh.id == old.id, fresh.cursor, fresh.since) == (False, None, since)
    ((error, is_finished),) = sql(
        "SELECT error, finished_at IS NOT NULL FROM brex_pull WHERE id = %s", old.id
    )
    assert (error, is_finished) == ("begun anew", True)


def test_a_pull_that_failed_marks_nothing_as_gone_and_is_not_the_last_whole_one(pull, pulls, kept):
    whole = pull(CARD, transaction("t1"))
    begun = pulls.begin(CARD, SINCE, UNTIL)
    failed = pulls.finish(begun, "Brex: FORBIDDEN")
    assert (failed.is_whole, failed.gone) == (False, 0)
    assert pulls.last_whole(CARD) == whole
    assert [one.why for one in kept.coverage()] == ["Brex: FORBIDDEN"]
    assert pulls.last_whole(RECORDS) is None


def test_the_day_on_which_a_pull_began_is_not_read_whole_though_it_ends_later(pulls, kept, sql):
    def read(error=""):
        begun = pulls.begin(CARD, SINCE, UNTIL)
        pulls.finish(begun, error)
        return begun.id

    def until():
        return [one.until for one in kept.coverage()]

    first, failed = read(), read("Brex: FORBIDDEN")
    began = "UPDATE brex_pull SET started_at = %s WHERE id = %s"
    sql(began, "2026-10-24 03:00+00", first)
    sql(began, "2026-10-25 03:00+00", failed)
    assert until() == [date(2026, 10, 24)]
    sql(began, "2026-10-25 00:30+02", first)
    assert until() == [date(2026, 10, 24)], "days are those of UTC"
    sql(began, "2026-11-02 03:00+00", read())
    assert until() == [UNTIL]


def test_of_a_cash_account_that_is_gone_it_is_told_when_it_was_shown_last(pull, kept, sql):
    accounts, part = Part(PullKind.CASH_ACCOUNTS), Part(PullKind.CASH_TRANSACTIONS, "cash_1")
    pull(accounts, SpendAccount("cash_1", AccountKind.CASH))
    pull(part)
    sql("UPDATE brex_pull SET started_at = '2026-10-24 03:00+00'")

    def told():
        return [(one.shown_on, one.gone_on) for one in kept.coverage() if one.part == part]

    assert told() == [(None, None)]
    pull(accounts)
    sql("UPDATE brex_account SET gone_at = '2026-10-25 03:00+00'")
    assert told() == [(date(2026, 10, 24), date(2026, 10, 25))]


def test_accounts_and_statements_are_kept_and_a_closed_account_is_shown_no_more(pull, pulls, kept):
    cash = SpendAccount("cash_1", AccountKind.CASH, "Main", "ACTIVE", -5, "USD")
    closed = SpendAccount("cash_2", AccountKind.CASH)
    card = SpendAccount("card_1", AccountKind.CARD, balance=7, currency="SEK")
    pull(Part(PullKind.CASH_ACCOUNTS), cash, closed)
    pull(Part(PullKind.CARD_ACCOUNTS), card)
    assert pulls.cash_accounts() == ["cash_1", "cash_2"]
    assert pull(Part(PullKind.CASH_ACCOUNTS), cash).gone == 1
    assert kept.accounts() == [card, cash]
    october = Statement("s1", ALL_CARDS, AccountKind.CARD, SINCE, UNTIL, 0, 1050, "SEK")
    part = Part(PullKind.CARD_STATEMENTS)
    assert pull(part, october).new == 1
    assert pull(part, replace(october, end_balance=1)).changed == 1
    assert kept.statements(date(2026, 10, 31), UNTIL) == [replace(october, end_balance=1)]
    assert kept.statements(UNTIL, date(2026, 12, 1)) == [], "its last day is the one before"


def test_records_are_kept_at_their_latest_version(pull, kept):
    early = record("accr_2", posted_at=datetime(2026, 10, 1, tzinfo=UTC), source_id=None)
    pull(RECORDS, record("accr_1"), early)
    done = pull(Part(PullKind.RECORDS, "EXPORTED"), record("accr_1", 2, "EXPORTED"))
    assert (done.new, done.changed) == (0, 1)
    assert pull(RECORDS, record("accr_1")).changed == 0, "a page that was read before that"
    assert list(kept.records(SINCE, UNTIL)) == [early, record("accr_1", 2, "EXPORTED")]
    assert list(kept.records(date(2026, 10, 2), date(2026, 10, 5))) == []


def test_of_expenses_those_are_kept_that_a_transaction_names_and_no_record_shares(
    pull, pulls, kept
):
    part = Part(PullKind.EXPENSES)
    pull(RECORDS, record("accr_1", source_id="e_booked"))
    pull(CARD, transaction("t1", expense_id="e_booked"), transaction("t0"))
    assert pulls.waiting_since(SINCE) is None
    pull(CARD, *[transaction(f"t_{e}", expense_id=e) for e in ("e_booked", "e_waits")])
    assert pulls.waiting_since(SINCE) == date(2026, 10, 3)
    assert pulls.waiting_since(date(2026, 10, 4)) is None
    waits = Expense("e_waits", "SUBMITTED", "CLEARED", "SJ", 1050, "SEK", 1050, "SEK", "AAA")
    done = pull(part, Expense("e_booked"), waits, Expense("e_of_nobody"))
    assert (done.rows, done.new) == (3, 1)
    assert list(kept.expenses(SINCE, UNTIL)) == [waits]
    pull(RECORDS, record("accr_2", source_id="e_waits"))
    assert list(kept.expenses(SINCE, UNTIL)) == [], "now it has a record"
