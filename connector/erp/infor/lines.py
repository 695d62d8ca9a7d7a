"""A document's lines in a form in which ours and M3's can be compared.

A key is the line type, the amount, and the dimensions or the VAT code: `8 100.00 AIT1=7500
AIT2=CC10`, `3 25.00 VTCD=1`.
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

#: RDTP of a line that carries an accounting string, and of one of VAT (1 item, 2 order charge,
#: 5 line charge).
#: Source: https://docs.infor.com/m3udi/16.x/en-us/m3beud/finaccths/evm1567537783810.html
ACCOUNTING_LINE, VAT_LINE = "8", "3"
VAT_CODE = "VTCD"
#: The names under which a release may show each dimension.
_SHOWN_AS = {name: (name, f"AO0{name[-1]}") for name in DIMENSIONS}

#: What a row shows of a line: its type, its amount, its dimensions or VAT code.
_Seen = tuple[str | None, str, Mapping[str, str]]


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's type, amount, and its non-blank dimensions or VAT code."""

    kind: str
    amount: str
    values: tuple[tuple[str, str], ...]

    @property
    def key(self) -> str:
        return line_key(self.kind, self.amount, dict(self.values))


def line_key(kind: str, amount: str, values: Mapping[str, str]) -> str:
    """A line in one string: equal for lines that are the same to us."""
    pairs = [f"{name}={value}" for name, value in _in_order(values)]
    return " ".join([kind, amount, *pairs])


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
        seen = _seen(row, document.currency)
        same = next((line for line in left if _agrees(seen, line)), None)
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
        len({line.key for line in ours if _agrees(seen, line)}) > 1
        for seen in (_seen(row, document.currency) for row in rows)
    )


def written_amount(shown: str, currency: str) -> str:
    """An amount as M3 shows it, or as we write it, in the one form of a key."""
    number = as_number(shown)
    return shown if number is None else _amount(number, currency)


def as_number(shown: str) -> Decimal | None:
    """The number that M3 shows, or None where it shows none; blank is zero."""
    try:
        number = Decimal(shown or "0")
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _ours(line: DocumentLine, currency: str) -> _Line:
    amount = _amount(line.amount, currency)
    if line.vat_code:
        return _Line(VAT_LINE, amount, ((VAT_CODE, _code(line.vat_code)),))
    values = {name: fields.text(value) for name, value in line.dimensions}
    return _Line(ACCOUNTING_LINE, amount, _in_order(values))


def _theirs(row: Row, currency: str) -> _Line:
    return _Line(row.get("RDTP", ""), _shown_amount(row, currency), _in_order(_shown(row)))


def _seen(row: Row, currency: str) -> _Seen:
    return row.get("RDTP"), _shown_amount(row, currency), _shown(row)


def _agrees(seen: _Seen, line: _Line) -> bool:
    kind, amount, shown = seen
    values = dict(line.values)
    return (
        kind == line.kind
        and amount == line.amount
        and all(value == values.get(name, "") for name, value in shown.items())
    )


def _shown(row: Row) -> dict[str, str]:
    """What a row shows: its VAT code, or its dimensions under our names, blank ones included."""
    if row.get("RDTP") == VAT_LINE:
        return {VAT_CODE: _code(row[VAT_CODE])} if VAT_CODE in row else {}
    return {
        name: next(row[field] for field in alternatives if field in row)
        for name, alternatives in _SHOWN_AS.items()
        if any(field in row for field in alternatives)
    }


def _code(value: str) -> str:
    """A VAT code (type N2) in the one spelling it has."""
    return fields.text(value).lstrip("0")


def _in_order(values: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((name, value) for name, value in values.items() if value))


def _shown_amount(row: Row, currency: str) -> str:
    return written_amount(row.get("VTA1" if row.get("RDTP") == VAT_LINE else "NLAM", ""), currency)


def _amount(value: Decimal, currency: str) -> str:
    try:
        return plain(value, currency)
    except ValueError:
        return f"{value.normalize():f}"
