"""Which lines of a double entry are coded spend, and whether the entry is sound."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from connector.domain.accounting import AccountingRecord, EntryType, LineItem
from connector.domain.bookkeeping import CODED, Rule
from connector.domain.reasons import Reason
from connector.mapping.amounts import major_units, minor_units
from connector.mapping.held import HeldError


@dataclass(frozen=True, slots=True)
class CodedLine:
    """A line to post: `units` are minor units, negative where it is a credit."""

    item: LineItem
    units: int


@dataclass(frozen=True, slots=True)
class Entry:
    """A sound entry. `units`: what all coded lines add up to, or what a payment moves."""

    lines: tuple[CodedLine, ...]
    units: int


@dataclass(frozen=True, slots=True)
class _Counted:
    """The lines that are not zero, in Brex's order, with their minor units."""

    record: AccountingRecord
    lines: tuple[tuple[LineItem, int], ...]

    def sum(self, side: EntryType) -> int:
        return sum(units for line, units in self.lines if line.type is side)


def entry_of(record: AccountingRecord, rule: Rule) -> Entry:
    """The entry of a record in the currency of its amount; HeldError where it is not sound.

    The offset is the side on which no line has a field value, or is absent (single entry). Debits
    and credits add up to the record's amount, whose own sign says nothing where lines are coded:
    Brex does not define it. Without coding only the type has a direction, and nothing may doubt it.
    """
    counted = _count(record)
    side = _coded_side(counted, rule) if rule.is_coded else _either_side(counted)
    other = EntryType.CREDIT if side is EntryType.DEBIT else EntryType.DEBIT
    units = counted.sum(side)
    is_single = all(line.type is side for line in record.line_items)
    if not is_single and counted.sum(other) != units:
        raise _unbalanced(
            "debits and credits differ", "line_items", _pair(units, counted.sum(other), record)
        )
    total = minor_units(record.amount)
    if total is None:
        what = f"the amount is not in whole units of {record.amount.currency}"
        raise _unbalanced(what, "amount", str(record.amount.amount))
    if abs(total) != units:
        what = f"the {'coded ' if rule.is_coded else ''}lines do not add up to the amount"
        raise _unbalanced(what, "amount", _pair(units, abs(total), record))
    if not rule.is_coded:
        if total < 0 and not rule.pays_back:
            what = f"a {record.type} of a negative amount may be one that came back: Brex is silent"
            raise _unbalanced(what, "amount", str(record.amount.amount))
        return Entry((), units)
    sign = 1 if side is EntryType.DEBIT else -1
    lines = [CodedLine(line, sign * count) for line, count in counted.lines if line.type is side]
    return Entry(tuple(lines), sign * units)


def _count(record: AccountingRecord) -> _Counted:
    lines = tuple((line, units) for line in record.line_items if (units := _units(line, record)))
    if not lines:
        raise _unbalanced("every line is zero: there is nothing to post", "line_items", "0")
    return _Counted(record, lines)


def _units(line: LineItem, record: AccountingRecord) -> int:
    money = line.amount
    if money.currency != record.amount.currency:
        currencies = f"{money.currency} and {record.amount.currency}"
        raise _unbalanced(f"line {line.id} has another currency", "currency", currencies)
    count = minor_units(money)
    if count is None:
        what = f"the amount of line {line.id} is not in whole units of {money.currency}"
        raise _unbalanced(what, "amount", str(money.amount))
    if count < 0:
        raise _unbalanced(f"the amount of line {line.id} is negative", "amount", str(money.amount))
    return count


def _coded_side(counted: _Counted, rule: Rule) -> EntryType:
    record = counted.record
    sides = {line.type for line in _coded(counted)}
    if not sides:
        raise HeldError(
            Reason.GL_ACCOUNT_MISSING,
            "no line is coded; code the spend in Brex",
            field="line_items",
            value=counted.lines[0][0].id,
        )
    if len(sides) > 1:
        raise _unbalanced("debits and credits are both coded: no side is the offset", "line_items")
    (side,) = sides
    if side is EntryType.DEBIT and rule.credit is CODED:
        message = f"the coded lines of a {record.type} are credits, and these are debits"
        raise _unbalanced(message, "type", record.type)
    return side


def _either_side(counted: _Counted) -> EntryType:
    """The side of an entry that is not coded, of which both sides say the same."""
    coded = next(iter(_coded(counted)), None)
    if coded is not None:
        message = (
            f"line {coded.id} is coded, and both accounts of a {counted.record.type} are those of"
            " [mapping.offset_accounts]; take the coding out in Brex, then retry"
        )
        raise _unbalanced(message, "line_items", coded.id)
    return counted.lines[0][0].type


def _coded(counted: _Counted) -> Iterable[LineItem]:
    return [
        line
        for line, _ in counted.lines
        if any(v.brex_field_value_id or v.remote_field_value_id for v in line.field_values)
    ]


def _pair(one: int, other: int, record: AccountingRecord) -> str:
    currency = record.amount.currency
    return f"{major_units(one, currency)} and {major_units(other, currency)} {currency}"


def _unbalanced(message: str, field: str, value: str = "") -> HeldError:
    return HeldError(Reason.UNBALANCED, message, field=field, value=value)
