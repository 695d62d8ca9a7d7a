"""Which lines of a double entry are coded spend, and whether the entry is sound."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.accounting import AccountingRecord, EntryType, LineItem
from connector.domain.reasons import Hold, Reason
from connector.mapping.amounts import major_units, minor_units


@dataclass(frozen=True, slots=True)
class CodedLine:
    """A line to post: `units` are minor units, negative where it is a credit."""

    item: LineItem
    units: int


def coded_lines(record: AccountingRecord) -> tuple[CodedLine, ...] | Hold:
    """The lines of the coded side in Brex's order, without those of zero, or why there are none.

    The offset is the side on which no line has a field value, or is absent (single entry). The
    coded side adds up to the record's amount, whose own sign says nothing (Brex does not define
    it), and the offset adds up to the same.
    """
    units = _units(record)
    if isinstance(units, Hold):
        return units
    lines = [(line, count) for line, count in zip(record.line_items, units, strict=True) if count]
    if not lines:
        return _unbalanced("every line is zero: there is nothing to post", "line_items", "0")
    coded = {line.type for line, _ in lines if _is_coded(line)}
    side = next(iter(coded), None)
    if side is None:
        return Hold(
            Reason.GL_ACCOUNT_MISSING,
            "no line is coded; code the spend in Brex",
            field="line_items",
            value=lines[0][0].id,
        )
    if len(coded) > 1:
        return _unbalanced("debits and credits are both coded: no side is the offset", "line_items")
    if side is EntryType.DEBIT and record.type.endswith("_REFUND"):
        return _unbalanced("a refund whose coded lines are debits", "type", record.type)
    fault = _sums(record, lines, side)
    sign = 1 if side is EntryType.DEBIT else -1
    return fault or tuple(CodedLine(line, sign * n) for line, n in lines if line.type is side)


def _is_coded(line: LineItem) -> bool:
    return any(
        value.brex_field_value_id or value.remote_field_value_id for value in line.field_values
    )


def _units(record: AccountingRecord) -> list[int] | Hold:
    units: list[int] = []
    for line in record.line_items:
        money = line.amount
        if money.currency != record.amount.currency:
            currencies = f"{money.currency} and {record.amount.currency}"
            return _unbalanced(f"line {line.id} has another currency", "currency", currencies)
        count = minor_units(money)
        if count is None:
            what = f"the amount of line {line.id} is not in whole units of {money.currency}"
            return _unbalanced(what, "amount", str(money.amount))
        if count < 0:
            return _unbalanced(
                f"the amount of line {line.id} is negative", "amount", str(money.amount)
            )
        units.append(count)
    return units


def _sums(
    record: AccountingRecord, lines: list[tuple[LineItem, int]], side: EntryType
) -> Hold | None:
    coded = sum(count for line, count in lines if line.type is side)
    offset = sum(count for line, count in lines if line.type is not side)
    single = all(line.type is side for line in record.line_items)
    if not single and coded != offset:
        return _unbalanced("debits and credits differ", "line_items", _pair(coded, offset, record))
    total = minor_units(record.amount)
    if total is None:
        what = f"the amount is not in whole units of {record.amount.currency}"
        return _unbalanced(what, "amount", str(record.amount.amount))
    if abs(total) != coded:
        what = "the coded lines do not add up to the amount"
        return _unbalanced(what, "amount", _pair(coded, abs(total), record))
    return None


def _pair(one: int, other: int, record: AccountingRecord) -> str:
    currency = record.amount.currency
    return f"{major_units(one, currency)} and {major_units(other, currency)} {currency}"


def _unbalanced(message: str, field: str, value: str = "") -> Hold:
    return Hold(Reason.UNBALANCED, message, field=field, value=value)
