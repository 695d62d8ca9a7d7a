"""Money arithmetic: whatever the currencies and amounts, nothing is rounded, mixed or lost."""

from collections import defaultdict
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal

from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.money import Money, decimals
from connector.domain.reconciliation import ControlTotals, Ending
from connector.domain.transactions import AccountKind, Statement
from tests.reconciliation.worlds import (
    SINCE,
    World,
    in_erp,
    our_document,
    ours,
    purchase,
    record,
    transaction,
)

#: Without a minor unit, with two, three and four digits of it.
CURRENCIES = st.sampled_from(["JPY", "SEK", "EUR", "KWD", "CLF"])
#: All that a 64-bit integer holds, as Brex sends it.
UNITS = st.integers(-(2**63), 2**63 - 1)


def major(units: int, currency: str) -> Decimal:
    return Decimal(units) / 10 ** decimals(currency)


def one_purchase(name: str, units: int, currency: str, *, posted: Decimal | None = None) -> World:
    """A purchase that went all the way, with what the ERP has of it."""
    amount = major(units, currency)
    document = our_document(name, currency=currency, amount=amount)
    return World(
        [transaction(name, units, currency=currency)],
        [record(name, units, amount=Money(amount, currency))],
        ours=[ours(name, documents=[document])],
        erp=[in_erp(document, amount=amount if posted is None else posted)],
    )


def together(worlds: list[World]) -> World:
    whole = World()
    for one in worlds:
        whole.transactions += one.transactions
        whole.records += one.records
        whole.ours += one.ours
        whole.erp += one.erp
    return whole


def test_amounts_of_two_currencies_are_never_taken_for_equal():
    world = purchase()
    world.transactions = [transaction(currency="EUR")]
    charged, recorded = sorted(world.items(), key=lambda it: it.currency)
    assert (charged.ending, charged.currency, charged.charged) == (Ending.ONLY_IN_BREX, "EUR", 100)
    assert charged.told == "expense expense_1 has records, and none of this amount and currency"
    assert (recorded.ending, recorded.currency, recorded.erp) == (Ending.DIFFERENT, "SEK", 100)
    assert recorded.differences[0].what == "card transaction"
    assert world.totals.faults == []


def test_a_transaction_without_a_currency_is_of_its_records():
    world = purchase()
    world.transactions = [transaction(currency=None)]
    (item,) = world.items()
    assert (item.ending, item.currency) == (Ending.MATCHED, "SEK")
    world = purchase()
    world.transactions = [transaction(cents=9_000, currency=None)]
    (item,) = world.items()
    assert (item.ending, item.currency, item.charged) == (Ending.DIFFERENT, "SEK", 90)


@given(UNITS, CURRENCIES)
def test_a_purchase_of_any_amount_and_currency_is_matched_to_its_smallest_unit(units, currency):
    world = one_purchase("1", units, currency)
    (item,) = world.items()
    assert (item.ending, item.difference) == (Ending.MATCHED, 0)
    assert item.charged == item.posted == major(units, currency)
    assert world.totals.faults == []


@given(UNITS, CURRENCIES, st.sampled_from([-1, 1]))
def test_one_smallest_unit_more_or_less_is_different(units, currency, more):
    unit = major(more, currency)
    world = one_purchase("1", units, currency, posted=major(units, currency) + unit)
    (item,) = world.items()
    assert (item.ending, item.difference) == (Ending.DIFFERENT, -unit)
    assert world.totals.by_currency[currency].difference == -unit


@settings(deadline=None)
@given(st.lists(st.tuples(UNITS, CURRENCIES, UNITS), max_size=12))
def test_totals_of_a_currency_are_of_its_own_amounts_alone(purchases):
    world = together(
        [
            one_purchase(str(n), units, currency, posted=major(there, currency))
            for n, (units, currency, there) in enumerate(purchases)
        ]
    )
    world.items()
    brex, erp = defaultdict(Decimal), defaultdict(Decimal)
    for units, currency, there in purchases:
        brex[currency] += major(units, currency)
        erp[currency] += major(there, currency)
    found = world.totals.by_currency
    assert {name: (line.brex, line.erp) for name, line in found.items()} == {
        name: (brex[name], erp[name]) for name in brex
    }
    assert world.totals.faults == []


@settings(deadline=None)
@given(
    st.lists(st.tuples(st.integers(-300, 300), CURRENCIES), max_size=5),
    st.lists(st.tuples(st.integers(-300, 300), CURRENCIES), max_size=5),
)
def test_whatever_one_expense_has_no_item_mixes_currencies_or_hides_an_amount(charges, coded):
    world = World(
        [
            transaction(str(n), units, currency=currency, expense_id="expense_1")
            for n, (units, currency) in enumerate(charges)
        ],
        [
            record(
                str(n), units, amount=Money(major(units, currency), currency), source_id="expense_1"
            )
            for n, (units, currency) in enumerate(coded)
        ],
    )
    items = world.items()
    assert world.totals.faults == []
    charged, recorded = defaultdict(Decimal), defaultdict(Decimal)
    for item in items:
        charged[item.currency] += item.charged or 0
        recorded[item.currency] += sum(item.record_amounts)
    for currency in charged:
        of_it = [units for units, its in charges if its == currency]
        assert charged[currency] == major(sum(of_it), currency)
        of_it = [units for units, its in coded if its == currency]
        assert recorded[currency] == major(sum(of_it), currency)


@given(st.integers(0, 30), st.integers(1, 15))
def test_each_day_is_of_one_statement_whose_end_is_the_next_ones_beginning(day, length):
    statements = [
        Statement(
            f"st_{n}",
            "primary",
            AccountKind.CARD,
            SINCE + timedelta(days=n * length),
            SINCE + timedelta(days=(n + 1) * length),
        )
        for n in range(31 // length + 1)
    ]
    world = purchase()
    moved = SINCE + timedelta(days=day)
    world.transactions = [replace(world.transactions[0], posted_on=moved)]
    world.totals = ControlTotals(statements)
    world.items()
    (key,) = world.totals.lines
    assert (key.day, key.statement) == (moved, f"st_{day // length}")
    first, last = statements[day // length].since, statements[day // length].until
    assert first <= moved < last


def test_a_day_that_no_statement_has_yet_is_of_none():
    world = purchase()
    early = Statement("st_1", "primary", AccountKind.CARD, SINCE, date(2026, 10, 5))
    other = replace(early, id="st_2", account_id="cash", until=date(2026, 11, 1))
    world.totals = ControlTotals([early, other])
    world.items()
    assert [key.statement for key in world.totals.lines] == [""]
