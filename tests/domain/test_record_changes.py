"""What counts as a change of a record that was posted, and how it is told."""

from dataclasses import replace
from datetime import timedelta

import pytest

from connector.domain.accounting import ReviewStatus, Vendor
from connector.domain.change import Change
from connector.domain.record_changes import changes_of
from tests.usecases.memory_brex import WHEN, record

OLD = record()
CODED, OFFSET = OLD.line_items


@pytest.mark.parametrize(
    "unrelated",
    [
        {"version": 9, "updated_at": WHEN + timedelta(days=1)},
        {"review_status": ReviewStatus.EXPORTED},
        {"memo": "with a guest", "user_name": "Åsa B"},
        {"receipt_ids": ("receipt_1",)},
        {"vendor": Vendor("pmch_1", "Taxi AB")},
        {"line_items": (OFFSET, replace(CODED, id="line_9", memo="Taxi home"))},
    ],
)
def test_what_books_are_not_about_is_no_change(unrelated):
    assert changes_of(OLD, replace(OLD, **unrelated)) == ()


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"vendor": Vendor("pmch_2", "Bus")}, Change("vendor", "pmch_1", "pmch_2")),
        ({"type": "CARD_EXPENSE_REFUND"}, Change("type", OLD.type, "CARD_EXPENSE_REFUND")),
        ({"invoice_number": "17"}, Change("invoice_number", "", "17")),
        (
            {"erp_posting_date": WHEN + timedelta(days=1)},
            Change("erp_posting_date", "2026-10-31T00:00:00+00:00", "2026-11-01T00:00:00+00:00"),
        ),
        (
            {"line_items": (CODED,)},
            Change("line", "CREDIT 30.00 SEK", ""),
        ),
    ],
)
def test_a_change_says_where_and_how_it_was_and_is(changed, told):
    assert changes_of(OLD, replace(OLD, **changed)) == (told,)


def test_another_amount_and_another_account_are_told_line_by_line():
    assert changes_of(OLD, record(amount="31.00", account="7600")) == (
        Change("amount", "30.00 SEK", "31.00 SEK"),
        Change("line", "CREDIT 30.00 SEK", "CREDIT 31.00 SEK"),
        Change("line", "DEBIT 30.00 SEK field_1=efo_7500", "DEBIT 31.00 SEK field_1=efo_7600"),
    )


def test_an_id_of_the_erp_that_is_filled_in_later_is_no_change():
    filled = replace(CODED.field_values[0], remote_field_id=None, remote_field_value_id=None)
    line = replace(CODED, field_values=(filled,))
    assert changes_of(OLD, replace(OLD, line_items=(line, OFFSET))) == ()
