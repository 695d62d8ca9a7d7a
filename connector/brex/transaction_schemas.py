"""Accounts, transactions, statements, expenses and records on the wire, as pulls read them.

https://developer.brex.com/openapi/transactions_api, expenses_api and accounting_api. What Brex
declares as required is insisted on: nothing is compared with half of an account.
"""

from __future__ import annotations

from typing import Any

from marshmallow import ValidationError, fields, post_load

from connector.brex.wire_schema import Lenient, optional, optional_text
from connector.brex.wire_values import Minor, Read, amount, brex_id, day, minor, moment, text, whole
from connector.domain.transactions import (
    ALL_CARDS,
    AccountKind,
    Expense,
    RecordSummary,
    SpendAccount,
    Statement,
    Transaction,
)


class AccountSchema(Lenient):
    """`CardAccount` or `CashAccount`; the numbers of bank accounts are not read."""

    id = Read(brex_id, required=True)
    name = optional_text()
    status = optional_text()
    current_balance = optional(minor)

    def __init__(self, kind: AccountKind) -> None:
        super().__init__()
        self._kind = kind

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> SpendAccount:
        money: Minor | None = data["current_balance"]
        return SpendAccount(
            data["id"], self._kind, data["name"] or "", data["status"] or "", *_parts(money)
        )


class MerchantSchema(Lenient):
    """The merchant as the card network names it."""

    raw_descriptor = Read(text, required=True)


class TransactionSchema(Lenient):
    """What card and cash transactions have in common."""

    id = Read(brex_id, required=True)
    type = optional_text()
    amount = optional(minor)
    description = Read(text, required=True)
    initiated_at_date = Read(day, required=True)
    posted_at_date = Read(day, required=True)
    merchant = fields.Nested(MerchantSchema, allow_none=True, load_default=None)
    card_id = optional_text()
    expense_id = optional(brex_id)

    def __init__(self, kind: AccountKind, account_id: str = ALL_CARDS) -> None:
        super().__init__()
        self._kind, self._account_id = kind, account_id

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Transaction:
        money: Minor | None = data["amount"]
        if money is None and self._kind is AccountKind.CARD:
            raise ValidationError("is missing", field_name="amount")
        units, currency = _parts(money)
        merchant = data["merchant"] or {"raw_descriptor": ""}
        return Transaction(
            id=data["id"],
            account_id=self._account_id,
            kind=self._kind,
            type=data["type"] or "",
            amount=units,
            currency=currency,
            posted_on=data["posted_at_date"],
            initiated_on=data["initiated_at_date"],
            description=data["description"],
            merchant=merchant["raw_descriptor"],
            card_id=data["card_id"],
            expense_id=data["expense_id"],
        )


class PeriodSchema(Lenient):
    """From the first day on, and before the last."""

    start_date = Read(day, required=True)
    end_date = Read(day, required=True)


class StatementSchema(Lenient):
    """A finalised statement."""

    id = Read(brex_id, required=True)
    start_balance = optional(minor)
    end_balance = optional(minor)
    period = fields.Nested(PeriodSchema, required=True)

    def __init__(self, kind: AccountKind, account_id: str = ALL_CARDS) -> None:
        super().__init__()
        self._kind, self._account_id = kind, account_id

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Statement:
        start: Minor | None = data["start_balance"]
        end: Minor | None = data["end_balance"]
        if start and end and start.currency != end.currency:
            raise ValidationError("is in another currency", field_name="end_balance")
        period = data["period"]
        return Statement(
            id=data["id"],
            account_id=self._account_id,
            kind=self._kind,
            since=period["start_date"],
            until=period["end_date"],
            start_balance=_parts(start)[0],
            end_balance=_parts(end)[0],
            currency=_parts(end or start)[1],
        )


class VendorNameSchema(Lenient):
    """The merchant or vendor of a record."""

    name = optional_text()


class RecordSummarySchema(Lenient):
    """`AccountingRecordDetailed` without its lines; its amount is in major units."""

    id = Read(brex_id, required=True)
    source_id = optional_text()
    type = Read(text, required=True)
    source_type = Read(text, required=True)
    review_status = Read(text, required=True)
    amount = Read(amount, required=True)
    erp_posting_date = Read(moment, required=True)
    posted_at = Read(moment, required=True)
    updated_at = Read(moment, required=True)
    vendor = fields.Nested(VendorNameSchema, allow_none=True, load_default=None)
    version = Read(whole, required=True)

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> RecordSummary:
        vendor = data.pop("vendor") or {"name": None}
        return RecordSummary(**data, vendor=vendor["name"] or "")


class ExpenseSchema(Lenient):
    """`ExpandableExpense`, with its merchant."""

    id = Read(brex_id, required=True)
    status = optional_text()
    payment_status = optional_text()
    merchant = fields.Nested(MerchantSchema, allow_none=True, load_default=None)
    billing_amount = optional(minor)
    original_amount = optional(minor)
    integration_billing_entity_id = optional_text()

    @post_load
    def _build(self, data: dict[str, Any], **_: Any) -> Expense:
        merchant = data["merchant"] or {"raw_descriptor": ""}
        return Expense(
            data["id"],
            data["status"] or "",
            data["payment_status"] or "",
            merchant["raw_descriptor"],
            *_parts(data["billing_amount"]),
            *_parts(data["original_amount"]),
            data["integration_billing_entity_id"] or "",
        )


def _parts(money: Minor | None) -> tuple[int | None, str | None]:
    return (None, None) if money is None else (money.amount, money.currency)
