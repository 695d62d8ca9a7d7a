"""Which of its two amounts a record is posted in: what Brex bills, or what the merchant took."""

from __future__ import annotations

from dataclasses import replace

from connector.domain.accounting import AccountingRecord, LineItem
from connector.domain.money import Money
from connector.domain.reasons import Reason
from connector.mapping.amounts import minor_units
from connector.mapping.held import HeldError


def in_original_currency(record: AccountingRecord) -> AccountingRecord:
    """The record with its original amounts; itself where those are in the billing currency.

    A line that lacks its original amount holds the record: nothing is converted here.
    """
    original = record.original_amount
    if original is None or original.currency == record.amount.currency:
        return record
    lines = tuple(replace(line, amount=_original(line)) for line in record.line_items)
    return replace(record, amount=original, line_items=lines)


def other_amount(record: AccountingRecord, posted: Money) -> str:
    """What the merchant took, or Brex bills, where that is not what is posted; else ""."""
    for money in (record.original_amount, record.amount):
        if money is None or minor_units(money) is None:
            continue
        shown = Money(abs(money.amount), money.currency)
        if shown != Money(abs(posted.amount), posted.currency):
            return str(shown)
    return ""


def _original(line: LineItem) -> Money:
    if line.original_amount is None:
        raise HeldError(
            Reason.UNBALANCED,
            f"line {line.id} has no original amount; post the billing amount, or mend it in Brex",
            field="original_amount",
            value=line.id,
        )
    return line.original_amount
