"""Records as Brex documents them, as it really sends them, and as it should not."""

import copy
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest

from connector.brex.schemas import read_record
from connector.domain.accounting import EntryType, ReviewStatus, SourceType, Vendor
from connector.domain.money import Money
from connector.errors import RefusedError
from connector.http import Reply

#: The shape of a real record of July 2026, which differs from the specification.
REAL = Reply(
    200,
    {},
    b"""
{"receipts":[],"user":{"id":"cuuser_1","first_name":"Cardholder ","last_name":"Three ","email":"x","role":"ACCOUNT_ADMIN","status":"ACTIVE","account_id":"cuacc_1"},
 "vendor":{"id":"pmch_1","name":"Vendor H ","contact_name":null,"email":null,"website":"https://x","phone":null},
 "memo":null,"due_at":null,"invoice_number":null,"status":"SUBMITTED","id":"accr_1","type":"CARD_EXPENSE_POST","review_status":"PREPARE",
 "erp_posting_date":"2026-06-11T09:09:05.840865Z","updated_at":"2026-06-11T09:09:10.422192Z","version":2,
 "amount":{"amount":171.75,"currency":"USD"},"source_type":"CARD","source_id":"expense_1","posted_at":"2026-06-11T09:09:05.840Z",
 "original_amount":{"amount":171.75,"currency":"USD"},"billing_amount":{"amount":171.75,"currency":"USD"},
 "line_items":[
  {"memo":null,"id":"accrli_1","type":"DEBIT","amount":{"amount":171.75,"currency":"USD"},"original_amount":null,
   "accounting_field_values":[{"brex_field_id":"extended_field_1","remote_field_id":"GL_ACCOUNT","field_name":"GL Account",
     "brex_field_value_id":"efo_1","remote_field_value_id":null,"field_value_name":"7500 Other G&A","type":"IDENTIFIER"}],"amortization":null},
  {"memo":null,"id":"accrli_2","type":"CREDIT","amount":{"amount":171.75,"currency":"USD"},"accounting_field_values":[],"amortization":null}]}
""",
).json()


def changed(path: str, value: object) -> dict:
    payload = copy.deepcopy(REAL)
    *way, last = [int(part) if part.isdigit() else part for part in path.split(".")]
    place = payload
    for part in way:
        place = place[part]
    if value is ...:
        del place[last]
    else:
        place[last] = value
    return payload


def test_a_real_record_is_read_whole() -> None:
    record = read_record(REAL)
    assert (record.id, record.type, record.version) == ("accr_1", "CARD_EXPENSE_POST", 2)
    assert (record.review_status, record.source_type) == (ReviewStatus.PREPARE, SourceType.CARD)
    assert record.amount == Money(Decimal("171.75"), "USD")
    assert record.erp_posting_date == datetime(2026, 6, 11, 9, 9, 5, 840865, UTC)
    assert record.posted_at == datetime(2026, 6, 11, 9, 9, 5, 840000, UTC)
    assert (record.vendor, record.user_name, record.memo) == (
        Vendor("pmch_1", "Vendor H"),
        "Cardholder Three",
        None,
    )
    assert (record.user_id, record.due_at, record.invoice_number) == ("cuuser_1", None, None)
    assert record.original_amount == Money(Decimal("171.75"), "USD")
    debit, credit = record.line_items
    assert (debit.original_amount, credit.original_amount) == (None, None)
    assert (debit.type, credit.type, credit.field_values) == (EntryType.DEBIT, EntryType.CREDIT, ())
    assert debit.field_values[0].remote_field_id == "GL_ACCOUNT"
    assert debit.field_values[0].remote_field_value_id is None


def test_a_bill_has_a_due_date_and_the_vendors_number() -> None:
    bill = read_record({**REAL, "due_at": "2026-07-11T00:00:00Z", "invoice_number": " F-1 "})
    assert (bill.due_at, bill.invoice_number) == (datetime(2026, 7, 11, tzinfo=UTC), "F-1")


def test_the_original_amount_is_read_on_every_line() -> None:
    record = read_record(
        changed("line_items.1.original_amount", {"amount": 160, "currency": "EUR"})
    )
    assert record.line_items[1].original_amount == Money(Decimal(160), "EUR")


def test_a_stored_record_reads_the_same_whether_amounts_are_strings_or_numbers() -> None:
    as_strings = json.loads(json.dumps(REAL, default=str))
    assert read_record(as_strings) == read_record(REAL)


@pytest.mark.parametrize(
    "path",
    [
        "user",
        "vendor",
        "memo",
        "source_id",
        "vendor.name",
        "user.id",
        "user.first_name",
        "due_at",
        "invoice_number",
        "original_amount",
        "line_items.0.original_amount",
        "line_items.0.memo",
        "line_items.0.accounting_field_values",
        "line_items.0.accounting_field_values.0.brex_field_value_id",
        "line_items.0.accounting_field_values.0.remote_field_id",
    ],
)
@pytest.mark.parametrize("value", [None, ...])
def test_what_posting_can_do_without_may_be_null_or_missing(path: str, value: object) -> None:
    assert read_record(changed(path, value)).id == "accr_1"


def test_values_that_brex_adds_later_are_taken() -> None:
    assert read_record(changed("review_status", "FROZEN")).review_status is ReviewStatus.UNKNOWN
    assert read_record(changed("source_type", "CRYPTO")).source_type is SourceType.UNKNOWN
    assert read_record(changed("type", "CRYPTO_POST")).type == "CRYPTO_POST"
    assert read_record({**REAL, "new": {"x": [1]}}) == read_record(REAL)


@pytest.mark.parametrize(
    ("value", "read"),
    [
        (Decimal("1E+2"), "100"),
        (0, "0"),
        (Decimal("-3.50"), "-3.50"),
        ("171.750", "171.750"),
        (Decimal("0E-8"), "0"),
        (Decimal("0.0000001"), "1E-7"),
    ],
)
def test_b42_amounts_stay_exact(value: object, read: str) -> None:
    assert str(read_record(changed("amount.amount", value)).amount.amount) == read


@pytest.mark.parametrize(
    ("path", "value", "field"),
    [
        ("id", None, "id"),
        ("id", "../x", "id"),
        ("id", 1, "id"),
        ("type", "", "type"),
        ("type", ..., "type"),
        ("version", "x", "version"),
        ("version", Decimal("1.5"), "version"),
        ("version", None, "version"),
        ("amount", None, "amount"),
        ("amount", 171.75, "amount"),
        ("amount.amount", 171.75, "amount.amount"),
        ("amount.amount", True, "amount.amount"),
        ("amount.amount", "1,5", "amount.amount"),
        ("amount.amount", "5-", "amount.amount"),
        ("amount.amount", "NaN", "amount.amount"),
        ("amount.amount", Decimal("NaN"), "amount.amount"),
        ("amount.amount", 10**15, "amount.amount"),
        ("amount.amount", None, "amount.amount"),
        ("amount.currency", None, "amount.currency"),
        ("amount.currency", "usd", "amount.currency"),
        ("amount.currency", "US", "amount.currency"),
        ("original_amount", {"amount": 1}, "original_amount.currency"),
        (
            "line_items.0.original_amount",
            {"amount": -1, "currency": "USD"},
            "line_items.0.original_amount",
        ),
        ("line_items.1.original_amount", 5, "line_items.1.original_amount"),
        ("due_at", "tomorrow", "due_at"),
        ("invoice_number", 5, "invoice_number"),
        ("posted_at", "0", "posted_at"),
        ("posted_at", "99999999", "posted_at"),
        ("posted_at", "2026-02-30T00:00:00Z", "posted_at"),
        ("posted_at", "2026-06-11T09:09:05", "posted_at"),
        ("posted_at", 1, "posted_at"),
        ("erp_posting_date", None, "erp_posting_date"),
        ("updated_at", ..., "updated_at"),
        ("review_status", None, "review_status"),
        ("line_items", None, "line_items"),
        ("line_items", {}, "line_items"),
        ("line_items.0", "x", "line_items.0"),
        ("line_items.1.amount.amount", Decimal(-1), "line_items.1.amount"),
        ("line_items.0.type", "BOTH", "line_items.0.type"),
        ("line_items.0.amount.amount", 1.5, "line_items.0.amount.amount"),
        (
            "line_items.0.accounting_field_values.0.brex_field_id",
            None,
            "line_items.0.accounting_field_values.0.brex_field_id",
        ),
        ("vendor", "x", "vendor"),
        ("vendor.id", None, "vendor.id"),
        ("memo", 1, "memo"),
        ("user", [], "user"),
    ],
)
def test_b42_b48_what_cannot_be_read_is_named(path: str, value: object, field: str) -> None:
    with pytest.raises(RefusedError) as error:
        read_record(changed(path, value))
    assert error.value.field == field
    assert error.value.code == "unreadable"


@pytest.mark.parametrize("payload", [{}, [], None, "x", 1])
def test_what_is_no_record_at_all_is_refused(payload: object) -> None:
    with pytest.raises(RefusedError):
        read_record(payload)
