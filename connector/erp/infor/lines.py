"""A document's lines in a form in which ours and M3's can be compared.

A key is the line type, the amount and the dimensions: `8 100.00 AIT1=7500 AIT2=CC10`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from connector.domain.documents import Document, DocumentLine
from connector.domain.money import plain
from connector.erp.infor import fields
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Row, Rows

#: RDTP of a line that carries an accounting string (1 item, 2 order charge, 3 VAT, 5 line charge).
#: Source: https://docs.infor.com/m3udi/16.x/en-us/m3beud/finaccths/evm1567537783810.html
ACCOUNTING_LINE = "8"


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's type, amount and non-blank dimensions."""

    kind: str
    amount: str
    dimensions: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        values = [f"{name}={value}" for name, value in self.dimensions]
        return " ".join([self.kind, self.amount, *values])


def line_keys(document: Document) -> dict[int, str]:
    """The key of each line, by its number."""
    return {line.number: _ours(line, document.currency).key for line in document.lines}


def keys_of_rows(rows: Rows, document: Document) -> tuple[str, ...]:
    """The keys of the lines that M3 lists.

    `APS450MI/LstLines` of published releases gives no dimensions. What a row does not show cannot
    differ: such a row takes the key of a line of ours that equals it in all that it shows.
    """
    left = [_ours(line, document.currency) for line in document.lines]
    keys = []
    for row in rows:
        same = next((line for line in left if _agrees(row, line, document.currency)), None)
        if same is None:
            keys.append(_theirs(row, document.currency).key)
        else:
            left.remove(same)
            keys.append(same.key)
    return tuple(keys)


def look_alike(rows: Rows, document: Document) -> bool:
    """Whether lines of ours differ, but not in what M3 shows of one of its rows."""
    ours = [_ours(line, document.currency) for line in document.lines]
    return any(
        len({line.key for line in ours if _agrees(row, line, document.currency)}) > 1
        for row in rows
    )


def _ours(line: DocumentLine, currency: str) -> _Line:
    values = {name: fields.text(value) for name, value in line.dimensions}
    return _Line(ACCOUNTING_LINE, _amount(line.amount, currency), _in_order(values))


def _theirs(row: Row, currency: str) -> _Line:
    return _Line(row.get("RDTP", ""), _shown_amount(row, currency), _in_order(_shown(row)))


def _agrees(row: Row, line: _Line, currency: str) -> bool:
    values = dict(line.dimensions)
    return (
        row.get("RDTP") == line.kind
        and _shown_amount(row, currency) == line.amount
        and all(value == values.get(name, "") for name, value in _shown(row).items())
    )


def _shown(row: Row) -> dict[str, str]:
    """The dimensions that a row shows, under our names for them, blank ones included."""
    fields_of = {name: (name, f"AO0{name[-1]}") for name in DIMENSIONS}
    return {
        name: next(row[field] for field in alternatives if field in row)
        for name, alternatives in fields_of.items()
        if any(field in row for field in alternatives)
    }


def _in_order(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in values.items() if value))


def _shown_amount(row: Row, currency: str) -> str:
    shown = row.get("NLAM", "")
    number = as_number(shown)
    return shown if number is None else _amount(number, currency)


def _amount(value: Decimal, currency: str) -> str:
    try:
        return plain(value, currency)
    except ValueError:
        return f"{value.normalize():f}"


def as_number(shown: str) -> Decimal | None:
    """The number that M3 shows, or None where it shows none; blank is zero."""
    try:
        number = Decimal(shown or "0")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None
