"""What Brex changed in a record, as far as books are about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime
from itertools import zip_longest

from connector.domain.accounting import AccountingRecord, FieldValue, LineItem
from connector.domain.change import Change
from connector.domain.money import Money


def changes_of(old: AccountingRecord, new: AccountingRecord) -> tuple[Change, ...]:
    """Every amount, line, coding, date, number and vendor that differs; not texts, not receipts.

    Lines are told apart by what they say: Brex may give a line another id.
    """
    before, after = dict(_head(old)), dict(_head(new))
    heads = [Change(name, before[name], after[name]) for name in before]
    return tuple(change for change in (*heads, *_lines(old, new)) if change.old != change.new)


def _head(record: AccountingRecord) -> Iterator[tuple[str, str]]:
    yield "type", record.type
    yield "amount", str(record.amount)
    yield "original_amount", _money(record.original_amount)
    yield "vendor", record.vendor.id if record.vendor else ""
    yield "posted_at", record.posted_at.isoformat()
    yield "erp_posting_date", record.erp_posting_date.isoformat()
    yield "due_at", _moment(record.due_at)
    yield "invoice_number", record.invoice_number or ""


def _lines(old: AccountingRecord, new: AccountingRecord) -> Iterator[Change]:
    before, after = Counter(map(_line, old.line_items)), Counter(map(_line, new.line_items))
    gone, come = sorted((before - after).elements()), sorted((after - before).elements())
    for was, is_now in zip_longest(gone, come, fillvalue=""):
        yield Change("line", was, is_now)


def _line(line: LineItem) -> str:
    original = [f"of {_money(line.original_amount)}"] if line.original_amount else []
    coding = sorted(map(_coding, line.field_values))
    return " ".join([line.type.value, str(line.amount), *original, *coding])


def _coding(value: FieldValue) -> str:
    """By Brex's own ids: those of the ERP may be filled in later."""
    return f"{value.brex_field_id}={value.brex_field_value_id or value.remote_field_value_id or ''}"


def _money(amount: Money | None) -> str:
    return str(amount) if amount else ""


def _moment(moment: datetime | None) -> str:
    return moment.isoformat() if moment else ""
