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
#: The other name under which a release may show a dimension.
_ALSO_SHOWN_AS = {name: f"AO0{name[-1]}" for name in DIMENSIONS}


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's type, amount, and its non-blank dimensions or VAT code."""

    kind: str
    amount: str
    values: Mapping[str, str]

    @property
    def key(self) -> str:
        return line_key(self.kind, self.amount, self.values)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What a row shows of a line: blank values too, which say that there is none."""

    kind: str | None
    amount: str
    values: Mapping[str, str]

    def agrees(self, line: _Line) -> bool:
        return (
            self.kind == line.kind
            and self.amount == line.amount
            and all(value == line.values.get(name, "") for name, value in self.values.items())
        )

    @property
    def key(self) -> str:
        return line_key(self.kind or "", self.amount, self.values)


@dataclass(frozen=True, slots=True)
class ShownLines:
    """The keys of the lines that M3 lists.

    `alike`: lines of ours differ, but not in what M3 shows of one of its rows.
    """

    keys: tuple[str, ...]
    alike: bool


def line_key(kind: str, amount: str, values: Mapping[str, str]) -> str:
    """A line in one string: equal for lines that are the same to us."""
    pairs = [f"{name}={value}" for name, value in sorted(values.items()) if value]
    return " ".join([kind, amount, *pairs])


def line_keys(document: Document) -> dict[int, str]:
    """The key of each line, by its number."""
    return {line.number: _ours(line, document.currency).key for line in document.lines}


def shown_lines(rows: Rows, document: Document) -> ShownLines:
    """The lines that M3 lists, as lines of ours where they are.

    `APS450MI/LstLines` of published releases gives no dimensions. What a row does not show cannot
    differ: such a row takes the key of a line of ours that equals it in all that it shows.
    """
    left = ours = [_ours(line, document.currency) for line in document.lines]
    keys, alike = [], False
    for row in rows:
        seen = _seen(row, document.currency)
        same = next((line for line in left if seen.agrees(line)), None)
        alike = alike or len({line.key for line in ours if seen.agrees(line)}) > 1
        left = [line for line in left if line is not same]
        keys.append(seen.key if same is None else same.key)
    return ShownLines(tuple(keys), alike)


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


def amount_of(row: Row, name: str) -> Decimal:
    """An amount that M3 shows. Raises ValueError where it is none."""
    number = as_number(row.get(name, ""))
    if number is None:
        raise ValueError(f"{name} = {row[name]}, which is no amount")
    return number


def _ours(line: DocumentLine, currency: str) -> _Line:
    amount = _amount(line.amount, currency)
    if line.vat_code:
        return _Line(VAT_LINE, amount, {VAT_CODE: _code(line.vat_code)})
    return _Line(
        ACCOUNTING_LINE, amount, {name: fields.text(value) for name, value in line.dimensions}
    )


def _seen(row: Row, currency: str) -> _Seen:
    kind = row.get("RDTP")
    shown = row.get("VTA1" if kind == VAT_LINE else "NLAM", "")
    return _Seen(kind, written_amount(shown, currency), _values(row, kind))


def _values(row: Row, kind: str | None) -> dict[str, str]:
    """The VAT code that a row shows, or its dimensions under our names."""
    if kind == VAT_LINE:
        return {VAT_CODE: _code(row[VAT_CODE])} if VAT_CODE in row else {}
    shown = {name: row.get(name, row.get(other)) for name, other in _ALSO_SHOWN_AS.items()}
    return {name: value for name, value in shown.items() if value is not None}


def _code(value: str) -> str:
    """A VAT code (type N2) in the one spelling it has."""
    return fields.text(value).lstrip("0")


def _amount(value: Decimal, currency: str) -> str:
    try:
        return plain(value, currency)
    except ValueError:
        return f"{value.normalize():f}"
