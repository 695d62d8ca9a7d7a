"""How items end: each class of it, and that nothing is left out or counted twice."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from connector.domain.documents import DocumentKind
from connector.domain.ledger import ErpState
from connector.domain.reconciliation import ControlTotals, Ending
from connector.domain.records import Status
from connector.domain.transactions import AccountKind, Expense, Statement
from tests.reconciliation.worlds import (
    SINCE,
    World,
    in_erp,
    our_document,
    ours,
    purchase,
    record,
    transaction,
    unreadable,
)


def only(world: World):
    (item,) = world.items()
    assert world.totals.faults == [] or item.ending is Ending.UNREADABLE
    return item


def test_a_purchase_that_went_all_the_way_is_matched():
    item = only(purchase())
    assert (item.ending, item.difference, item.company) == (Ending.MATCHED, 0, "100/AAA")
    assert (item.charged, item.recorded, item.posted) == (100, 100, 100)
    assert item.vouchers == ("5000",)


def test_a_refund_is_negative_on_all_sides_whatever_its_records_sign():
    world = purchase(cents=-10_000)
    world.records = [replace(world.records[0], amount=record().amount)]
    item = only(world)
    assert (item.ending, item.charged, item.recorded, item.posted) == (
        Ending.MATCHED,
        -100,
        -100,
        -100,
    )


@pytest.mark.parametrize("status", [Status.RECEIVED, Status.FETCHED, Status.MAPPED, Status.POSTING])
def test_what_is_on_its_way_is_in_progress_with_the_status_it_stands_at(status):
    world = purchase()
    world.ours, world.erp = [ours(status=status)], []
    item = only(world)
    assert (item.ending, item.told, item.difference) == (Ending.IN_PROGRESS, status, 100)


def test_what_is_posted_and_not_reported_is_in_progress_where_brex_is_told():
    world = purchase()
    world.ours = [replace(world.ours[0], status=Status.POSTED)]
    assert only(world).ending is Ending.IN_PROGRESS
    world = purchase()
    world.ours, world.is_told = [replace(world.ours[0], status=Status.POSTED)], False
    assert only(world).ending is Ending.MATCHED


def test_held_and_skipped_say_why_and_by_whom():
    world = purchase()
    world.erp = []
    world.ours = [ours(status=Status.HELD, why="supplier_unknown: pmch_1 Taxi")]
    item = only(world)
    assert (item.ending, item.told) == (Ending.HELD, "supplier_unknown: pmch_1 Taxi")
    world = purchase()
    world.erp = []
    world.ours = [ours(status=Status.SKIPPED, why="private", who="console:anna")]
    item = only(world)
    assert (item.ending, item.told) == (Ending.SKIPPED, "private by console:anna")


def test_what_was_skipped_and_stands_in_the_erp_is_different():
    world = purchase()
    world.ours = [ours(status=Status.SKIPPED, why="private", who="console:anna")]
    assert only(world).ending is Ending.DIFFERENT


def test_what_is_not_ready_in_brex_waits_there():
    waiting = World([transaction()], [record(review_status="REVIEW")])
    item = only(waiting)
    assert (item.ending, item.told) == (Ending.WAITING, "it is at REVIEW in Brex")
    unrecorded = World([transaction()], expenses=[Expense("expense_1", "SUBMITTED")])
    assert only(unrecorded).ending is Ending.WAITING


def test_what_nothing_will_bring_into_the_erp_is_only_in_brex():
    assert only(World([transaction(expense_id=None, type="COLLECTION")])).ending is (
        Ending.ONLY_IN_BREX
    )
    assert only(World([transaction()])).told == "Brex shows no expense expense_1"
    assert only(World([], [record()])).told == "it is EXPORTED in Brex and was never taken in here"
    gone = purchase()
    gone.erp = []
    assert only(gone).ending is Ending.ONLY_IN_BREX


@pytest.mark.parametrize("state", [s for s in ErpState if s not in {"posted", "validated"}])
def test_a_document_without_ledger_effect_is_none(state):
    item = only(purchase(state=state))
    assert (item.ending, item.posted) == (Ending.ONLY_IN_BREX, None)


UNSHOWN = ["the ERP did not show 1 of the documents it was asked for"]


@pytest.mark.parametrize("status", [Status.EXPORTED, Status.HELD, Status.SKIPPED, Status.POSTING])
def test_what_could_not_be_read_is_never_taken_for_not_there(status):
    world = purchase()
    world.ours = [ours(status=status)]
    number = world.erp[0].number
    world.erp = [unreadable(our_document())]
    (item,) = world.items()
    assert (item.ending, item.told) == (Ending.UNREADABLE, f"{number}: 504")
    assert world.totals.faults == UNSHOWN


def test_one_document_that_was_shown_does_not_stand_for_one_that_was_not():
    world = purchase()
    world.erp.append(unreadable(our_document()))
    assert [one.ending for one in world.items()] == [Ending.UNREADABLE]
    assert world.totals.faults == UNSHOWN
    gone = World(without_brex=[ours()], erp=[unreadable(our_document())])
    assert [one.ending for one in gone.items()] == [Ending.UNREADABLE]


@pytest.mark.parametrize("status", [Status.HELD, Status.POSTING, Status.MAPPED])
def test_two_documents_or_another_amount_are_different_wherever_the_record_stands(status):
    world = purchase()
    world.ours = [ours(status=status, why="outcome_unknown")]
    world.erp.append(replace(world.erp[0], voucher="5001"))
    assert only(world).differences[0].erp == "2: 5000, 5001"
    world = purchase(amount=Decimal(900))
    world.ours = [ours(status=status, why="outcome_unknown")]
    assert only(world).differences[0].what == "amount"
    world = purchase()
    world.ours = [ours(status=status, why="outcome_unknown")]
    assert (only(world).ending is Ending.HELD) is (status is Status.HELD)


def test_a_withdrawn_document_that_is_live_is_different():
    withdrawn = our_document(nth=2, is_withdrawn=True)
    world = purchase()
    world.ours = [ours(documents=[our_document(), withdrawn])]
    assert only(world).ending is Ending.MATCHED
    world = purchase()
    world.ours = [ours(documents=[our_document(), withdrawn])]
    world.erp.append(in_erp(withdrawn))
    assert [one.here for one in only(world).differences] == ["withdrawn"]


@pytest.mark.parametrize("charged", [True, False])
def test_a_correction_gives_back_whatever_its_type_says(charged):
    """Coded credits of a purchase become a credit invoice."""
    back = our_document(cents=-5_000)
    world = World(
        [transaction(cents=-5_000)] if charged else [],
        [record(cents=5_000)],
        ours=[ours(documents=[back])],
        erp=[in_erp(back)],
        has_cards=charged,
    )
    item = only(world)
    assert (item.ending, item.recorded, item.posted) == (Ending.MATCHED, -50, -50)


def test_a_second_charge_on_an_expense_says_that_it_has_records():
    world = World([transaction("1"), transaction("2", 700, expense_id="expense_1")], [record("1")])
    told = {one.name: one.told for one in world.items()}
    assert told["txn_2"] == "expense expense_1 has records, and none of this amount and currency"


def test_a_purchase_whose_expense_could_not_be_asked_for_waits():
    item = only(World([transaction()], has_expenses=False))
    assert (item.ending, item.told) == (Ending.WAITING, "expense expense_1 was not read")


@pytest.mark.parametrize(
    ("changed", "what", "there"),
    [
        ({"amount": Decimal("100.01")}, "amount", "100.01"),
        ({"currency": "EUR"}, "currency", "EUR"),
        ({"supplier": "739999"}, "supplier", "739999"),
        ({"company": (("cono", "100"), ("divi", "BBB"))}, "company", "100/BBB"),
        ({"accounting_date": date(2026, 10, 7)}, "accounting date", "2026-10-07"),
    ],
)
def test_each_field_that_differs_is_named(changed, what, there):
    item = only(purchase(**changed))
    assert item.ending is Ending.DIFFERENT
    assert (item.differences[0].what, item.differences[0].erp) == (what, there)


def test_a_document_that_stands_twice_is_different_by_its_amount():
    world = purchase()
    world.erp.append(replace(world.erp[0], reference="1001", voucher="5001"))
    item = only(world)
    assert item.ending is Ending.DIFFERENT
    assert item.differences[0].erp == "2: 5000, 5001"
    assert (item.posted, item.difference) == (200, -100)


def test_a_record_that_brex_changed_since_differs_from_what_was_posted():
    world = purchase()
    world.records = [record(cents=12_000)]
    item = only(world)
    assert [one.what for one in item.differences] == ["amount", "transaction and record"]


def test_what_stands_in_the_erp_and_was_charged_to_no_card_is_different():
    world = purchase()
    world.transactions = []
    item = only(world)
    assert item.ending is Ending.DIFFERENT
    assert (item.differences[0].what, item.differences[0].here) == ("card transaction", "none")
    world = purchase()
    world.gone, world.transactions = world.transactions, []
    assert only(world).differences[0].here == "txn_1, shown no more"
    world = purchase()
    world.transactions, world.has_cards = [], False
    assert only(world).ending is Ending.MATCHED
    bill = purchase()
    bill.transactions, bill.records = [], [record(type="BILL_EXPENSE", source_type="BILL")]
    assert only(bill).ending is Ending.MATCHED


def test_beside_an_invoice_the_entry_that_moves_the_debt_counts_for_nothing():
    entry = our_document(nth=2, kind=DocumentKind.GL_ENTRY, supplier="")
    world = purchase()
    world.ours = [ours(documents=[our_document(), entry])]
    world.erp.append(in_erp(entry, supplier=None))
    item = only(world)
    assert (item.ending, item.posted, len(item.documents)) == (Ending.MATCHED, 100, 2)
    world = purchase()
    world.ours = [ours(documents=[our_document(), entry])]
    item = only(world)
    assert (item.ending, item.differences[0].here) == (Ending.DIFFERENT, entry.number)


def test_a_repost_counts_as_what_is_left_of_it():
    first = our_document(cents=8_000)
    back = our_document(cents=-8_000, nth=2, is_undoing=True)
    anew = our_document(cents=10_000, nth=3)
    world = purchase()
    world.ours = [ours(documents=[first, back, anew])]
    world.erp = [in_erp(one) for one in (first, back, anew)]
    assert (only(world).ending, world.totals.by_currency["SEK"].erp) == (Ending.MATCHED, 100)


def test_only_in_the_erp_are_numbers_of_ours_and_others_which_count_for_nothing():
    foreign = in_erp(our_document("2", number="F-2026-77"))
    spare = in_erp(our_document("3"))
    world = World(others=[foreign, spare])
    first, second = world.items()
    assert {first.ending, second.ending} == {Ending.ONLY_IN_ERP}
    assert (first.is_ours, second.is_ours) == (False, True)
    assert world.totals.by_currency["SEK"].erp == 100
    assert world.totals.faults == []


def test_a_record_that_brex_shows_no_more_is_only_in_the_erp():
    world = World(without_brex=[ours()], erp=[in_erp(our_document())])
    item = only(world)
    assert (item.ending, item.name, item.posted) == (Ending.ONLY_IN_ERP, "accr_1", 100)
    assert World(without_brex=[ours()]).items() == []


def test_a_purchase_and_its_refund_share_an_expense_and_end_each_by_itself():
    world = World(
        [transaction("1"), transaction("2", -4_000, expense_id="expense_1", day=9)],
        [record("2", -4_000, day=10, source_id="expense_1"), record("1")],
    )
    one, two = sorted(world.items(), key=lambda it: it.day)
    assert (one.name, two.name) == ("accr_1", "accr_2")
    assert [one.charged, two.charged] == [100, -40]


def test_what_belongs_to_the_month_before_is_left_out_and_still_counted():
    early = replace(transaction(), posted_on=date(2026, 9, 30))
    world = World([early], [record(day=1)])
    assert world.items() == []
    assert world.totals.faults == []


def test_a_line_of_the_totals_is_of_the_statement_that_its_day_is_in():
    statement = Statement("st_1", "primary", AccountKind.CARD, SINCE, date(2026, 10, 6))
    world = purchase()
    world.totals = ControlTotals([statement])
    world.items()
    assert [tuple(key) for key in world.totals.lines] == [
        ("100/AAA", "SEK", date(2026, 10, 5), "primary", "st_1")
    ]


# -- whatever there is -----------------------------------------------------------------------------

CENTS = st.integers(-10_000_000, 10_000_000)


@st.composite
def worlds(draw):
    world = World()
    for number in range(draw(st.integers(0, 6))):
        name, cents = str(number), draw(CENTS)
        of = draw(st.sampled_from([name, "shared"]))
        if draw(st.booleans()):
            world.transactions.append(
                transaction(name, cents, draw(st.integers(1, 28)), expense_id=f"expense_{of}")
            )
        if draw(st.booleans()):
            recorded = cents if draw(st.booleans()) else draw(CENTS)
            world.records.append(record(name, recorded, source_id=f"expense_{of}"))
        document = our_document(name, draw(CENTS))
        if draw(st.booleans()):
            one = ours(name, draw(st.sampled_from(list(Status))), [document])
            shown = any(it.id == one.record_id for it in world.records)
            (world.ours if shown else world.without_brex).append(one)
            for _ in range(draw(st.integers(0, 2))):
                world.erp.append(in_erp(document, amount=Decimal(draw(CENTS)) / 100))
    return world


@settings(deadline=None)
@given(worlds())
def test_whatever_there_is_every_cent_of_either_side_ends_once(world):
    items = world.items()
    assert world.totals.faults == []
    line = world.totals.by_currency.get("SEK")
    charged = sum(Decimal(one.amount) for one in world.transactions) / 100
    assert sum((one.charged or 0 for one in items), Decimal(0)) == charged
    if line:
        assert line.difference == sum((one.difference for one in items), Decimal(0))
        matched = [one for one in items if one.ending is Ending.MATCHED]
        assert all(one.difference == 0 for one in matched)


@settings(deadline=None)
@given(worlds().filter(lambda one: one.transactions or one.records), st.data())
def test_an_item_that_is_lost_or_listed_twice_is_no_proof(world, data):
    items = world.items()
    item = data.draw(st.sampled_from(items))
    world.totals.add(item)
    assert world.totals.faults
