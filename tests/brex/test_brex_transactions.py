"""Reading money that moved, against the simulated Brex."""

import inspect
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest

import connector.brex.transactions
import connector.usecases.pull_transactions
from connector.brex import factory
from connector.brex.transactions import SpendClient
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
from connector.errors import CredentialsError, RefusedError, RetryLaterError
from connector.http import Health, Peer, StaticToken, background_get
from connector.secret import Secret

SINCE = date(2026, 6, 1)
CARD = Part(PullKind.CARD_TRANSACTIONS)
CASH = Part(PullKind.CASH_TRANSACTIONS, "cashacc_sandbox")
EVERY = [
    *(Part(kind) for kind in PullKind if kind is not PullKind.RECORDS),
    Part(PullKind.RECORDS, "REVIEW"),
    Part(PullKind.RECORDS, "BILL"),
]


@pytest.fixture
def get(sandbox, budget):
    tokens = StaticToken(Secret("bxt_sandbox"))
    peer = factory.peer(
        sandbox.connection, tokens=tokens, budget=budget, health=Health(), allow_http=True
    )
    return background_get(peer)


@pytest.fixture
def spend(get):
    return SpendClient(get)


@pytest.fixture
def put(sandbox):
    def add(*transactions):
        sandbox.control("POST", "brex/transactions", {"transactions": list(transactions)})

    return add


def rows(spend, part, since=SINCE):
    found, cursor = [], None
    while True:
        page = spend.page(part, since, cursor)
        found += page.rows
        if (cursor := page.cursor) is None:
            return found


def test_a_card_transaction_is_read_in_cents_with_the_expense_that_it_names(spend, put):
    put(
        {
            "id": "t_1",
            "amount": {"amount": 9007199254740993, "currency": "SEK"},
            "posted_at_date": "2026-06-11",
            "description": " SJ ",
            "merchant": {"raw_descriptor": "SJ AB", "mcc": "4112", "country": "SWE"},
            "card_id": "card_1",
            "expense_id": "expense_1",
        },
        {"id": "t_2", "type": None, "amount": {"amount": -5, "currency": None}},
    )
    assert rows(spend, CARD) == [
        Transaction(
            *("t_1", ALL_CARDS, AccountKind.CARD, "PURCHASE", 9007199254740993, "SEK"),
            *(date(2026, 6, 11), date(2026, 6, 10), "SJ", "SJ AB", "card_1", "expense_1"),
        ),
        Transaction(
            *("t_2", ALL_CARDS, AccountKind.CARD, "", -5, None),
            *(date(2026, 6, 11), date(2026, 6, 10)),
        ),
    ]


def test_a_cash_transaction_may_have_no_amount(spend, put):
    put({"id": "t_1", "account": CASH.of, "amount": None, "type": "NEW_WORD"})
    (one,) = rows(spend, CASH)
    assert (one.account_id, one.kind, one.type) == (CASH.of, AccountKind.CASH, "NEW_WORD")
    assert (one.amount, one.currency) == (None, None)


def test_a_currency_that_is_left_out_is_usd_as_brex_declares(spend, put):
    put({"id": "t_1", "amount": {"amount": 1}})
    assert rows(spend, CARD)[0].currency == "USD"


@pytest.mark.parametrize(
    ("changes", "what"),
    [
        ({"amount": None}, "amount: is missing"),
        ({"amount": {"amount": 10.5}}, "amount.amount: is no whole number of minor units"),
        ({"amount": {"amount": "10"}}, "amount.amount: is no whole number of minor units"),
        ({"amount": {"amount": True}}, "amount.amount: is no whole number of minor units"),
        ({"amount": {"amount": 2**63}}, "amount.amount: is no whole number of minor units"),
        (
            {"amount": {"amount": 1, "currency": "kr"}},
            "amount.currency: is no ISO 4217 currency",
        ),
        ({"initiated_at_date": "2026-06-11T00:00:00Z"}, "initiated_at_date: is no day"),
        ({"initiated_at_date": "2026-02-30"}, "initiated_at_date: is no day"),
        ({"description": None}, "description: Field may not be null."),
        ({"expense_id": "../x"}, "expense_id: is no id"),
    ],
)
def test_a_transaction_that_cannot_be_read_is_refused_with_its_id_and_field(
    spend, put, changes, what
):
    put({"id": "t_1"}, {"id": "t_2", **changes})
    with pytest.raises(RefusedError) as caught:
        spend.page(CARD, SINCE, None)
    assert str(caught.value) == f"Brex: card_transactions: t_2: {what}"


def test_pages_are_large_begin_at_the_day_and_let_live_work_go_first(spend, put, sandbox, budget):
    put(*[{"id": f"t_{n}", "posted_at_date": "2026-06-02"} for n in range(1500)])
    put({"id": "t_old", "posted_at_date": "2026-06-01"})
    assert len(rows(spend, CARD, date(2026, 6, 2))) == 1500
    assert sandbox.calls()["operations"] == {"GET /v2/transactions/card/primary": 2}
    assert budget.background == [True, True]


def test_accounts_and_statements_are_read(spend, put):
    put({"id": "t_1", "amount": {"amount": 100, "currency": "SEK"}})
    assert rows(spend, Part(PullKind.CARD_ACCOUNTS)) == [
        SpendAccount("cardacc_sandbox", AccountKind.CARD, "", "ACTIVE", 100, "SEK")
    ]
    assert rows(spend, Part(PullKind.CASH_ACCOUNTS)) == [
        SpendAccount("cashacc_sandbox", AccountKind.CASH, "Primary Account", "ACTIVE", 0, "SEK")
    ]
    assert rows(spend, Part(PullKind.CARD_STATEMENTS)) == [
        Statement(
            *("statement_primary_2026-06", ALL_CARDS, AccountKind.CARD),
            *(date(2026, 6, 1), date(2026, 7, 1), 0, 100, "SEK"),
        )
    ]
    assert rows(spend, Part(PullKind.CASH_STATEMENTS, CASH.of)) == []


def test_records_are_read_at_each_review_status_and_bills_by_their_kind(spend, sandbox):
    moment = datetime(2026, 6, 11, 9, 9, 5, 840000, tzinfo=UTC)
    sandbox.records("accr_1", status="PREPARE", vendor={"id": "pmch_1", "name": "SJ "})
    sandbox.records("accr_2", status="EXPORTED", source_type="BILL", source_id="bill_1")
    (one,) = rows(spend, Part(PullKind.RECORDS, "PREPARE"))
    assert one == RecordSummary(
        *("accr_1", None, "CARD_EXPENSE_POST", "CARD", "PREPARE", Money(Decimal("10.5"), "SEK")),
        *(moment, moment, one.updated_at, "SJ", 1),
    )
    assert rows(spend, Part(PullKind.RECORDS, "REVIEW")) == []
    assert [one.id for one in rows(spend, Part(PullKind.RECORDS, "BILL"))] == ["accr_2"]


def test_expenses_are_read_with_their_merchants(spend, sandbox):
    money = {"amount": 1050, "currency": "SEK"}
    merchant = {"raw_descriptor": "SJ AB", "mcc": "4112", "country": "SWE"}
    known = {"status": "SUBMITTED", "payment_status": "CLEARED", "merchant": merchant}
    amounts = {"billing_amount": money, "original_amount": None}
    entity = {"integration_billing_entity_id": "AAA"}
    sandbox.control("POST", "brex/expenses", {"id": "e_1", **known, **amounts, **entity})
    sandbox.control("POST", "brex/expenses", {"id": "e_2"})
    assert rows(spend, Part(PullKind.EXPENSES)) == [
        Expense("e_1", "SUBMITTED", "CLEARED", "SJ AB", 1050, "SEK", None, None, "AAA"),
        Expense("e_2"),
    ]


def test_a_scope_that_the_token_lacks_is_told_of(spend, sandbox):
    assert spend.first(CARD, SINCE) == []
    sandbox.control("PATCH", "settings", {"brex": {"lacking_scopes": ["accounts.card.readonly"]}})
    try:
        spend.first(CARD, SINCE)
        with pytest.raises(CredentialsError, match="GET /v2/accounts/card: answered 403"):
            spend.first(Part(PullKind.CARD_ACCOUNTS), SINCE)
    finally:
        sandbox.control("PATCH", "settings", {"brex": {"lacking_scopes": []}})


def test_an_answer_that_is_no_page_is_asked_for_again_later(spend, sandbox):
    sandbox.fault("rewrite", find='"items"', replacement='"item"')
    with pytest.raises(RetryLaterError, match="a page that cannot be read"):
        spend.page(CARD, SINCE, None)


# -- nothing here can write ------------------------------------------------------------------------


def test_the_client_is_given_nothing_but_a_get(get):
    assert list(inspect.signature(SpendClient).parameters) == ["get"]
    assert list(inspect.signature(get).parameters) == ["path", "params"]
    assert vars(SpendClient(get)) == {"_get": get}
    for module in (connector.brex.transactions, connector.usecases.pull_transactions):
        named = vars(module).values()
        assert Peer not in named
        assert not hasattr(module, "requests")


def test_whatever_is_read_brex_is_asked_by_get_alone(spend, sandbox):
    for part in EVERY:
        whole = Part(part.kind, CASH.of) if "cash_" in part.kind else part
        spend.page(whole, SINCE, None)
        spend.first(whole, SINCE)
    calls = sandbox.calls()
    assert len(calls["operations"]) == 8
    assert {name.partition(" ")[0] for name in calls["operations"]} == {"GET"}
