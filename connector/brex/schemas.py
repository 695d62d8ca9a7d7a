"""Brex's accounting record on the wire, `AccountingRecordDetailed`.

https://developer.brex.com/openapi/accounting_api/accounting-records/getaccountingrecord

Read leniently, as Brex's versioning asks (https://developer.brex.com/guides/versioning): fields
that are new are left out, enum values that are new become UNKNOWN. Real records hold null, and
omit, what the specification requires. Only what posting cannot do without is insisted on.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from marshmallow import ValidationError, fields, post_load, validate

from connector.brex.receipts import receipt_ids
from connector.brex.wire_schema import Lenient, load, optional, optional_text
from connector.brex.wire_values import (
    Read,
    amount,
    brex_id,
    moment,
    or_unknown,
    text,
    whole,
)
from connector.domain.accounting import (
    AccountingRecord,
    EntryType,
    FieldValue,
    LineItem,
    ReviewStatus,
    SourceType,
    Standing,
    Vendor,
)
from connector.domain.money import Money


class FieldValueSchema(Lenient):
    """One accounting field's value."""

    brex_field_id = Read(text, required=True)
    remote_field_id = optional_text()
    brex_field_value_id = optional_text()
    remote_field_value_id = optional_text()

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> FieldValue:
        return FieldValue(**data)


class LineItemSchema(Lenient):
    """One side of the entry. Its amount is always positive."""

    id = Read(brex_id, required=True)
    type = fields.Enum(EntryType, required=True)
    original_amount = optional(amount)
    amount = Read(amount, required=True)
    memo = optional_text()
    accounting_field_values = fields.List(
        fields.Nested(FieldValueSchema), allow_none=True, load_default=None
    )

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> LineItem:
        for name in ("amount", "original_amount"):
            money: Money | None = data[name]
            if money is not None and money.amount < 0:
                raise ValidationError("is negative", field_name=name)
        field_values = tuple(data.pop("accounting_field_values") or ())
        return LineItem(**data, field_values=field_values)


class VendorSchema(Lenient):
    """The merchant or vendor."""

    id = Read(brex_id, required=True)
    name = Read(text, allow_none=True, load_default=None)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Vendor:
        return Vendor(data["id"], data["name"] or "")


class UserSchema(Lenient):
    """Who spent."""

    id = optional_text()
    first_name = optional_text()
    last_name = optional_text()

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> dict[str, str | None]:
        name = " ".join(filter(None, (data["first_name"], data["last_name"]))) or None
        return {"user_id": data["id"], "user_name": name}


class StandingSchema(Lenient):
    """What decides whether a record is taken up."""

    review_status = Read(or_unknown(ReviewStatus), required=True)
    source_type = Read(or_unknown(SourceType), required=True)
    version = Read(whole, required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Standing:
        return Standing(**data)


class RecordSchema(Lenient):
    """The whole record."""

    id = Read(brex_id, required=True)
    type = Read(text, required=True, validate=validate.Length(min=1, max=100))
    review_status = Read(or_unknown(ReviewStatus), required=True)
    source_type = Read(or_unknown(SourceType), required=True)
    source_id = optional_text()
    version = Read(whole, required=True)
    updated_at = Read(moment, required=True)
    posted_at = Read(moment, required=True)
    erp_posting_date = Read(moment, required=True)
    due_at = optional(moment)
    invoice_number = optional_text()
    original_amount = optional(amount)
    amount = Read(amount, required=True)
    vendor = fields.Nested(VendorSchema, allow_none=True, load_default=None)
    user = fields.Nested(UserSchema, allow_none=True, load_default=None)
    memo = optional_text()
    line_items = fields.List(fields.Nested(LineItemSchema), required=True)
    receipt_ids = Read(receipt_ids, data_key="receipts", allow_none=True, load_default=())

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> AccountingRecord:
        user = data.pop("user") or {"user_id": None, "user_name": None}
        line_items = tuple(data.pop("line_items"))
        data["receipt_ids"] = data["receipt_ids"] or ()
        return AccountingRecord(**data, **user, line_items=line_items)


_STANDING, _RECORD = StandingSchema(), RecordSchema()


def read_standing(payload: Mapping[str, Any]) -> Standing:
    """Where the record of a JSON object stands. Raises RefusedError as `read_record` does."""
    standing: Standing = load(_STANDING, payload)
    return standing


def read_record(payload: Mapping[str, Any]) -> AccountingRecord:
    """The record of a JSON object. Raises RefusedError naming the first field that is wrong."""
    record: AccountingRecord = load(_RECORD, payload)
    return record
