"""Accounts, statements and settled transactions, over real HTTP."""

import time
from collections import Counter
from datetime import date
from decimal import Decimal

import pytest

CARD = "/v2/transactions/card/primary"
CASH = "/v2/transactions/cash/cashacc_sandbox"
MONTH = {"count": 60, "month": "2026-06", "seed": 3, "refunds": 0.2, "others": 0.3}


def rows(brex, path, **params):
    found, cursor = [], None
    while True:
        page = brex.call("GET", path, params={**params, "cursor": cursor}).json()
        found += page["items"]
        if (cursor := page["next_cursor"]) is None:
            return found


@pytest.fixture
def records(sandbox):
    ids = sandbox.control("POST", "brex/generate", MONTH)["ids"]
    return [sandbox.control("GET", f"brex/records/{one}")["record"] for one in ids]


def test_each_purchase_and_refund_of_the_month_was_settled_to_the_cent(brex, records):
    wanted = Counter(
        (one["source_id"], "PURCHASE" if sign > 0 else "REFUND", one["posted_at"][:10], cents(one))
        for one in records
        if (sign := {"CARD_EXPENSE_POST": 1, "CARD_EXPENSE_REFUND": -1}.get(one["type"]))
    )
    assert len(wanted) > 30
    shown = list(rows(brex, CARD, limit=7, **{"expand[]": "expense_id"}))
    assert wanted == Counter(
        (one["expense_id"], one["type"], one["posted_at_date"], one["amount"]["amount"])
        for one in shown
        if one["expense_id"]
    )
    refunds = [one["amount"]["amount"] for one in shown if one["type"] == "REFUND"]
    assert refunds
    assert max(refunds) < 0


def cents(record):
    return int(Decimal(str(record["amount"]["amount"])) * 100)


def test_a_payment_is_collected_on_the_card_and_from_cash(brex, records):
    payments = sorted(cents(one) for one in records if one["type"] == "CARD_PAYMENT")
    assert payments
    collected = [one for one in rows(brex, CARD) if one["type"] == "COLLECTION"]
    assert sorted(-one["amount"]["amount"] for one in collected) == payments
    assert [one["card_id"] for one in collected] == [None] * len(payments)
    paid = rows(brex, CASH)
    assert {one["type"] for one in paid} == {"CARD_COLLECTION"}
    assert sorted(-one["amount"]["amount"] for one in paid) == payments


def test_expenses_are_named_where_they_are_asked_for(brex, records):
    assert all("expense_id" not in one for one in rows(brex, CARD))


def test_pages_have_a_limit_and_begin_at_a_day(brex, records):
    everything = rows(brex, CARD)
    days = [one["posted_at_date"] for one in everything]
    assert days == sorted(days)
    late = rows(brex, CARD, limit=5, posted_at_start="2026-06-20T00:00:00Z")
    assert late == [one for one in everything if one["posted_at_date"] >= "2026-06-20"]
    assert brex.call("GET", f"{CARD}?limit=1001").status_code == 400
    assert brex.call("GET", f"{CARD}?posted_at_start=soon").status_code == 400
    cursor = brex.call("GET", f"{CARD}?limit=5").json()["next_cursor"]
    other = {"cursor": cursor, "posted_at_start": "2026-06-20T00:00:00Z"}
    assert brex.call("GET", CARD, params=other).status_code == 400


def test_transactions_are_added_changed_and_taken_out(sandbox, brex, records):
    first = rows(brex, CARD)[0]
    money = {"amount": first["amount"]["amount"] + 1, "currency": "SEK"}
    sandbox.control(
        *("POST", "brex/transactions"),
        {
            "transactions": [
                {"id": first["id"], "amount": money},
                {"id": "tx_new", "posted_at_date": "2026-07-01", "expense_id": "expense_9"},
                {"id": "tx_cash", "account": "cash_2", "type": "FEE"},
            ]
        },
    )
    found = rows(brex, CARD)
    assert found[0] == {**first, "amount": money}
    assert found[-1]["id"] == "tx_new"
    assert [one["id"] for one in rows(brex, "/v2/transactions/cash/cash_2")] == ["tx_cash"]
    sandbox.control("DELETE", f"brex/transactions/{first['id']}")
    assert rows(brex, CARD) == found[1:]
    sandbox.control("DELETE", f"brex/transactions/{first['id']}", expect=404)


def test_accounts_are_shown_cards_as_a_bare_array(brex, sandbox):
    (card,) = brex.call("GET", "/v2/accounts/card").json()
    assert date.fromisoformat(card["current_statement_period"]["end_date"]).day == 1
    page = brex.call("GET", "/v2/accounts/cash").json()
    assert [one["id"] for one in page["items"]] == ["cashacc_sandbox"]
    one = brex.call("GET", "/v2/accounts/cash/cashacc_sandbox").json()
    assert one == brex.call("GET", "/v2/accounts/cash/primary").json() == page["items"][0]
    assert brex.call("GET", "/v2/accounts/cash/nowhere").status_code == 404
    assert brex.call("GET", "/v2/transactions/cash/primary").status_code == 404


def test_a_statement_ends_before_its_last_day_and_goes_on_from_the_one_before(brex, sandbox):
    money = {"amount": 100, "currency": "SEK"}
    days = {"a": "2026-06-01", "b": "2026-06-30", "c": "2026-07-01"}
    made = [{"id": name, "posted_at_date": day, "amount": money} for name, day in days.items()]
    sandbox.control("POST", "brex/transactions", {"transactions": made})
    june, july = rows(brex, "/v2/accounts/card/primary/statements", limit=1)
    assert june["period"] == {"start_date": "2026-06-01", "end_date": "2026-07-01"}
    assert (june["start_balance"]["amount"], june["end_balance"]["amount"]) == (0, 200)
    assert (july["start_balance"]["amount"], july["end_balance"]["amount"]) == (200, 300)
    assert rows(brex, "/v2/accounts/cash/cashacc_sandbox/statements") == []


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("/v2/accounts/card", "accounts.card.readonly"),
        ("/v2/accounts/cash", "accounts.cash.readonly"),
        ("/v2/accounts/card/primary/statements", "statements.card.readonly"),
        ("/v2/accounts/cash/cashacc_sandbox/statements", "statements.cash.readonly"),
        (CARD, "transactions.card.readonly"),
        (CASH, "transactions.cash.readonly"),
    ],
)
def test_each_list_needs_its_scope_and_those_of_cash_an_account_that_has_cash(
    sandbox, brex, path, scope
):
    assert brex.call("GET", path).status_code == 200
    sandbox.settings("brex", lacking_scopes=[scope])
    answer = brex.call("GET", path)
    assert (answer.status_code, scope in answer.text) == (403, True)
    sandbox.settings("brex", lacking_scopes=[], has_cash=False)
    assert brex.call("GET", path).status_code == (401 if "cash" in path else 200)


def test_a_late_page_of_80000_transactions_takes_no_longer_than_an_early_one(sandbox, brex):
    made = [
        {"id": f"t{n:05}", "posted_at_date": f"2026-06-{1 + n // 3000:02}"} for n in range(80_000)
    ]
    sandbox.control("POST", "brex/transactions", {"transactions": made})
    early = took_s(brex, {"limit": 10})
    late = took_s(brex, {"limit": 10, "posted_at_start": "2026-06-26T00:00:00Z"})
    assert max(early, late) < 0.05
    assert len(rows(brex, CARD, limit=1000, posted_at_start="2026-06-20T00:00:00Z")) == 23_000


def took_s(brex, params):
    def once():
        began = time.monotonic()
        assert len(brex.call("GET", CARD, params=params).json()["items"]) == 10
        return time.monotonic() - began

    return min(once() for _ in range(5))


def test_expenses_are_paged_with_their_merchants_where_they_are_asked_for(sandbox, brex):
    merchant = {"raw_descriptor": "SJ", "mcc": "4112", "country": "SWE"}
    made = [
        {"id": f"expense_{n}", "merchant": merchant, "payment_posted_at": f"2026-06-0{n}T10:00:00Z"}
        for n in range(1, 6)
    ]
    sandbox.control("POST", "brex/expenses", {"expenses": made})
    found = rows(brex, "/v1/expenses", limit=2)
    assert [one["id"] for one in found] == [one["id"] for one in made]
    assert all("merchant" not in one for one in found)
    asked = {"limit": 2, "payment_posted_at_start": "2026-06-04T00:00:00Z", "expand[]": "merchant"}
    late = rows(brex, "/v1/expenses", **asked)
    assert [(one["id"], one["merchant"]) for one in late] == [
        ("expense_4", merchant),
        ("expense_5", merchant),
    ]
