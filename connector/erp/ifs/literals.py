"""Values as OData v4 writes them in keys and filters, and addresses made of them.

Source: docs.oasis-open.org/odata/odata/v4.01, part 2, section 5.1.1.14 (literals); that IFS wants
enumerations as `IfsApp.<Projection>.<Type>'Value'` is seen in public code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from urllib.parse import quote, urlencode


@dataclass(frozen=True, slots=True)
class Enumerated:
    """A member of an enumeration; a plain string is refused in its place."""

    type: str
    member: str


Value = str | int | Decimal | date | Enumerated


def literal(value: Value) -> str:
    """The value as it stands in a key or a filter, not escaped for an address."""
    if isinstance(value, str):
        doubled = value.replace("'", "''")
        return f"'{doubled}'"
    if isinstance(value, Enumerated):
        return f"{value.type}'{value.member}'"
    if isinstance(value, date):
        return value.isoformat()
    return f"{value:f}" if isinstance(value, Decimal) else str(value)


def key(values: Mapping[str, Value]) -> str:
    """A key predicate for an address: `(Company='10',InvoiceId=123)`, values escaped."""
    pairs = (f"{name}={quote(literal(value), safe=_SAFE)}" for name, value in values.items())
    return f"({','.join(pairs)})"


def any_of(field: str, values: Iterable[Value]) -> str:
    """A filter: the field has one of the values."""
    return " or ".join(f"{field} eq {literal(value)}" for value in values)


def with_options(path: str, options: Mapping[str, str]) -> str:
    """The address with query options; the dollar signs of their names stay."""
    return f"{path}?{urlencode(options, safe='$', quote_via=quote)}" if options else path


#: What a literal may have that an address takes as it is.
_SAFE = "'"
