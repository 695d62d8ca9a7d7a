"""Pulls: each part for itself, where the last one ended, and on from where one was broken off."""

from dataclasses import replace
from datetime import date, timedelta

import pytest

from connector.domain.pulls import Part, PullKind, PullSettings
from connector.domain.transactions import (
    ALL_CARDS,
    AccountKind,
    SpendAccount,
    Transaction,
)
from connector.errors import CredentialsError, RefusedError, RetryLaterError
from connector.ports import PulledPage
from connector.store.pulls import PostgresPulls
from connector.store.roles import Role
from connector.store.transactions import Transactions
from connector.usecases.pull_transactions import FIRST, PullTransactions

CARD = Part(PullKind.CARD_TRANSACTIONS)
CASH_ACCOUNTS = Part(PullKind.CASH_ACCOUNTS)
DAY = timedelta(days=1)
OVERLAP = timedelta(days=10)
EVERY = [
    *("card_accounts", "card_transactions", "card_statements", "cash_accounts"),
    *("cash_transactions cash_1", "cash_statements cash_1"),
    *(f"records {one}" for one in ("PREPARE", "REVIEW", "READY_FOR_EXPORT", "EXPORTED", "BILL")),
]


class Killed(BaseException):
    """The process dies."""


class MemoryBrex:
    """Pages of each part; a page may be an error. A cursor is the number of its page."""

    def __init__(self):
        self.pages = {CASH_ACCOUNTS: [[SpendAccount("cash_1", AccountKind.CASH)]]}
        self.asked = []

    def page(self, part, since, cursor):
        self.asked.append((part, since, cursor))
        pages = self.pages.get(part, [[]])
        number = int(cursor or 0)
        page = pages[number]
        if not isinstance(page, list):
            raise page
        return PulledPage(page, str(number + 1) if number + 1 < len(pages) else None)

    def first(self, part, since):
        return []


@pytest.fixture
def brex():
    return MemoryBrex()


@pytest.fixture
def pulls(database_as, connection_id):
    return PostgresPulls(database_as(Role.WORKER), connection_id)


@pytest.fixture
def run(brex, pulls):
    return PullTransactions(source=brex, pulls=pulls, settings=PullSettings(overlap=OVERLAP)).run


@pytest.fixture
def kept(database_as, connection_id):
    reading = Transactions(database_as(Role.WORKER), connection_id)
    return lambda: [one.id for one in reading.between(date(2020, 1, 1), date(2100, 1, 1))]


@pytest.fixture
def today(pulls):
    return pulls.now().date()


@pytest.fixture
def transaction(today):
    basis = Transaction("", ALL_CARDS, AccountKind.CARD, "PURCHASE", 100, "SEK", today, today)
    return lambda name, **more: replace(basis, id=name, **more)


def test_every_part_is_read_from_the_quarter_before_and_then_from_the_overlap_on(run, brex, today):
    report = run()
    assert [str(one.part) for one in report.pulls] == EVERY
    assert all(one.is_whole for one in report.pulls)
    assert {since for _, since, _ in brex.asked} == {today - FIRST}
    brex.asked.clear()
    run()
    assert {since for _, since, _ in brex.asked} == {today + timedelta(days=1) - OVERLAP}


def test_a_day_that_is_asked_for_lengthens_the_window_and_never_shortens_it(run, brex, today):
    run(today)
    assert {since for _, since, _ in brex.asked} == {today - FIRST}
    brex.asked.clear()
    run(date(2025, 1, 1))
    assert {since for _, since, _ in brex.asked} == {date(2025, 1, 1)}


def test_what_the_token_may_not_read_has_its_reason_and_the_other_parts_go_on(
    run, brex, kept, transaction
):
    brex.pages[CARD] = [[transaction("t1")]]
    brex.pages[CASH_ACCOUNTS] = [CredentialsError("brex: GET /v2/accounts/cash: answered 401")]
    brex.pages[Part(PullKind.CARD_STATEMENTS)] = [CredentialsError("answered 403")]
    report = run()
    assert {str(one.part): one.error for one in report.pulls if one.error} == {
        "card_statements": "answered 403; it needs the scope statements.card.readonly",
        "cash_accounts": "brex: GET /v2/accounts/cash: answered 401;"
        " it needs the scope accounts.cash.readonly, and an account with cash",
    }
    assert report.put_off == ""
    assert len(report.pulls) == len(EVERY) - 2, "there is no cash account"
    assert kept() == ["t1"]


def test_a_part_that_cannot_be_read_is_not_whole_and_marks_nothing_as_gone(
    run, brex, kept, transaction
):
    brex.pages[CARD] = [[transaction("t1"), transaction("t2")]]
    run()
    brex.pages[CARD] = [[transaction("t1")], RefusedError("Brex: t9: amount: is missing")]
    report = run()
    assert [one.error for one in report.pulls if one.error] == ["Brex: t9: amount: is missing"]
    assert len(report.pulls) == len(EVERY)
    assert kept() == ["t1", "t2"]


def test_where_brex_does_not_answer_the_next_run_goes_on_at_the_cursor(
    run, brex, kept, transaction
):
    away = RetryLaterError("brex: answered 503")
    brex.pages[CARD] = [[transaction("t1")], away, [transaction("t3")]]
    report = run()
    assert [str(one.part) for one in report.pulls] == ["card_accounts"]
    assert report.put_off == "brex: answered 503"
    brex.pages[CARD][1] = [transaction("t2")]
    brex.asked.clear()
    report = run(skip_recent=True)
    assert [str(part) for part, *_ in brex.asked].count("card_accounts") == 0, "it was read whole"
    assert [cursor for part, _, cursor in brex.asked if part == CARD] == ["1", "2"]
    assert (report.put_off, report.pulls[0].rows, report.pulls[0].new) == ("", 3, 3)
    assert kept() == ["t1", "t2", "t3"]


def test_what_began_on_the_day_before_is_read_again_however_recent_it_is(run, brex, sql):
    run()
    brex.asked.clear()
    assert run(skip_recent=True).pulls == ()
    sql("UPDATE brex_pull SET started_at = started_at - interval '1 day' WHERE part = 'BILL'")
    assert [str(one.part) for one in run(skip_recent=True).pulls] == ["records BILL"]


def test_a_killed_pull_goes_on_once_its_lease_has_ended_and_doubles_nothing(
    run, brex, kept, transaction, sql
):
    brex.pages[CARD] = [[transaction("t1")], Killed(), [transaction("t3")]]
    with pytest.raises(Killed):
        run()
    report = run(skip_recent=True)
    assert report.put_off == "card_transactions goes on elsewhere"
    assert "card_transactions" not in [str(one.part) for one in report.pulls]
    sql("UPDATE brex_pull SET lease_until = now() - interval '1 s' WHERE finished_at IS NULL")
    brex.pages[CARD][1] = [transaction("t2")]
    brex.asked.clear()
    (pull,) = run(skip_recent=True).pulls
    assert [cursor for *_, cursor in brex.asked] == ["1", "2"]
    assert (pull.is_whole, pull.rows, pull.new, pull.gone) == (True, 3, 3, 0)
    assert kept() == ["t1", "t2", "t3"]


def test_a_cursor_that_brex_has_forgotten_begins_at_the_first_page_again(
    run, brex, kept, transaction
):
    pages = [[transaction("t1")], RetryLaterError("away"), [transaction("t3")]]
    brex.pages[CARD] = pages
    run()
    pages[1] = RefusedError("Brex: 400: cursor is malformed")
    asked = brex.page

    def forgotten(part, since, cursor):
        if cursor == "1" and isinstance(pages[1], Exception):
            error, pages[1] = pages[1], [transaction("t2")]
            brex.asked.append((part, since, cursor))
            raise error
        return asked(part, since, cursor)

    brex.page = forgotten
    brex.asked.clear()
    (pull, *_) = run(skip_recent=True).pulls
    assert [cursor for part, _, cursor in brex.asked if part == CARD] == ["1", None, "1", "2"]
    assert (pull.is_whole, pull.rows, pull.new) == (True, 3, 3)
    assert kept() == ["t1", "t2", "t3"]


@pytest.mark.parametrize(
    ("cursors", "what"),
    [(["x", "x"], "round in a circle"), (["x", "y", "x"], "round in a circle"), (None, "no end")],
)
def test_pages_that_have_no_end_are_refused(run, brex, transaction, monkeypatch, cursors, what):
    monkeypatch.setattr("connector.usecases.pull_transactions._MOST_PAGES", 20)
    others = brex.page

    def page(part, since, cursor):
        if part != CARD:
            return others(part, since, cursor)
        brex.asked.append((part, since, cursor))
        number = sum(one == CARD for one, *_ in brex.asked)
        following = cursors[number - 1] if cursors else str(number)
        return PulledPage([transaction(f"t{number}")], following)

    brex.page = page
    (error,) = (one.error for one in run().pulls if one.error)
    assert error.startswith("Brex's pages of card_transactions")
    assert what in error
    assert sum(one == CARD for one, *_ in brex.asked) == (len(cursors) if cursors else 20)


def test_the_same_page_under_another_cursor_is_refused(run, brex, transaction):
    brex.pages[CARD] = [[transaction("t1")], [transaction("t1")], [transaction("t2")]]
    (error,) = (one.error for one in run().pulls if one.error)
    assert error == "Brex's pages of card_transactions go round in a circle"


def test_expenses_are_asked_for_where_a_transaction_names_one_that_no_record_shares(
    run, brex, transaction, today
):
    assert "expenses" not in [str(one.part) for one in run().pulls]
    brex.pages[CARD] = [[transaction("t1", expense_id="e_1", posted_on=today - 20 * DAY)]]
    for _ in range(2):
        (*_, last) = run().pulls
        assert (str(last.part), last.since) == ("expenses", today - 20 * DAY), "as long as it waits"


def test_the_summary_says_what_is_new_and_what_is_lacking(run, brex, transaction):
    brex.pages[CARD] = [[transaction("t1")]]
    brex.pages[CASH_ACCOUNTS] = [CredentialsError("answered 401")]
    assert run().summary == (
        "1 rows in 9 parts, 1 new; cash_accounts: answered 401;"
        " it needs the scope accounts.cash.readonly, and an account with cash"
    )
