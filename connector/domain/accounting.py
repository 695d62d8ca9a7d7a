"""Brex's accounting record, as far as posting needs it.

Source: Brex Accounting API 1.0.0-alpha, `AccountingRecordDetailed`
(https://developer.brex.com/openapi/accounting_api).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from connector.domain.money import Money


class ReviewStatus(StrEnum):
    """Where a record stands in Brex. Values that Brex adds later become UNKNOWN."""

    PREPARE = "PREPARE"
    REVIEW = "REVIEW"
    READY_FOR_EXPORT = "READY_FOR_EXPORT"
    EXPORTED = "EXPORTED"
    UNKNOWN = "UNKNOWN"


class SourceType(StrEnum):
    """What kind of spend a record comes from; the values Brex can filter by."""

    CARD = "CARD"
    REIMBURSEMENT = "REIMBURSEMENT"
    BILL = "BILL"
    UNKNOWN = "UNKNOWN"


class EntryType(StrEnum):
    """The side of a line item; its amount is always positive."""

    DEBIT = "DEBIT"
    CREDIT = "CREDIT"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a record stands in Brex, at which version, and what kind of spend it is."""

    review_status: ReviewStatus
    source_type: SourceType
    version: int


@dataclass(frozen=True, slots=True)
class FieldValue:
    """One accounting field's value on a line; the remote ids are the ERP's own keys, if any."""

    brex_field_id: str
    remote_field_id: str | None
    brex_field_value_id: str | None
    remote_field_value_id: str | None


@dataclass(frozen=True, slots=True)
class LineItem:
    """One side of the double entry. The offset line carries no field values."""

    id: str
    type: EntryType
    amount: Money
    memo: str | None
    field_values: tuple[FieldValue, ...]
    original_amount: Money | None = None


@dataclass(frozen=True, slots=True)
class Vendor:
    """The merchant (`pmch_…`) or vendor of a record."""

    id: str
    name: str


@dataclass(frozen=True, slots=True)
class BillingEntity:
    """The legal entity that is billed for an expense: the ERP's own id first, then Brex's."""

    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class AccountingRecord:
    """One accounting record; `type` stays a string, because Brex adds types.

    `amount` is what Brex bills, `original_amount` what the merchant took. `due_at` and
    `invoice_number`, the vendor's own, are those of a bill. `receipt_ids` are the
    receipts that it had when it was read.
    """

    id: str
    type: str
    review_status: ReviewStatus
    source_type: SourceType
    source_id: str | None
    version: int
    updated_at: datetime
    posted_at: datetime
    erp_posting_date: datetime
    amount: Money
    vendor: Vendor | None
    user_name: str | None
    memo: str | None
    line_items: tuple[LineItem, ...]
    original_amount: Money | None = None
    due_at: datetime | None = None
    invoice_number: str | None = None
    user_id: str | None = None
    receipt_ids: tuple[str, ...] = ()
