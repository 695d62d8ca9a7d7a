"""A document's lines in a form in which ours and IFS's can be compared.

A key is the amount and the code string: `100.00 Account=7500 CodeB=CC10`. IFS shows all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal

from connector.domain.documents import Document, DocumentLine
from connector.domain.money import plain
from connector.erp.ifs import fields
from connector.erp.ifs.results import Entity

#: The dimension of a document that is code part A, whatever field IFS has it in.
ACCOUNT = "Account"
#: The code parts beside the account; which of them is the cost centre, each company decides.
CODE_PARTS = tuple(f"Code{letter}" for letter in "BCDEFGHIJ")


def line_keys(document: Document) -> dict[int, str]:
    """The key of each line, by its number."""
    return {line.number: _ours(line, document.currency) for line in document.lines}


def keys_of_rows(
    rows: Iterable[Entity], document: Document, line_fields: Mapping[str, str]
) -> tuple[str, ...]:
    """The keys of the lines that IFS lists."""
    names = {name for line in document.lines for name, _ in line.dimensions}
    columns = {name: column(name, line_fields) for name in {ACCOUNT, *CODE_PARTS, *names}}
    return tuple(
        _key(
            _shown(row, line_fields["amount"], document.currency),
            {name: row.text(field) for name, field in columns.items()},
        )
        for row in rows
    )


def coding(line: DocumentLine, line_fields: Mapping[str, str]) -> dict[str, str]:
    """The code string of a line under IFS's names, without what is blank."""
    values = {column(name, line_fields): fields.text(value) for name, value in line.dimensions}
    return {name: value for name, value in values.items() if value}


def column(dimension: str, line_fields: Mapping[str, str]) -> str:
    """The field that a dimension goes to."""
    return line_fields["account"] if dimension == ACCOUNT else dimension


def account_of(line: DocumentLine) -> str:
    """The GL account of a line; "" where it has none."""
    return fields.text(dict(line.dimensions).get(ACCOUNT, ""))


def _ours(line: DocumentLine, currency: str) -> str:
    values = {name: fields.text(value) for name, value in line.dimensions}
    return _key(_amount(line.amount, currency), values)


def _key(amount: str, values: Mapping[str, str]) -> str:
    pairs = (f"{name}={value}" for name, value in sorted(values.items()) if value)
    return " ".join([amount, *pairs])


def _shown(row: Entity, name: str, currency: str) -> str:
    number = row.amount(name)
    return row.text(name) if number is None else _amount(number, currency)


def _amount(value: Decimal, currency: str) -> str:
    try:
        return plain(value, currency)
    except ValueError:
        return f"{value.normalize():f}"
