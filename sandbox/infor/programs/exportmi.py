"""EXPORTMI: raw rows of a few tables, where the user may read them.

`FGLEDG` and `FPLEDG` have the prefixes that public code names (EG, EP). Those of `FGLINH` and
`FGLINF` are not public: the ones here are made up, and `LstFields` tells them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from sandbox.infor.errors import MIError
from sandbox.infor.m3 import Act, Context, Rows
from sandbox.infor.programs import aps200
from sandbox.infor.programs.gls200 import rows_of
from sandbox.infor.programs.gls840 import DIMENSIONS

_QUERY = re.compile(r"\s*(?P<fields>\w+(?:,\w+)*) from (?P<table>\w+)(?: where (?P<where>.+))?\s*")
_CONDITION = re.compile(r"(\w{6}) (=|>=|<=|like) (?:(-?\d+)|'((?:[^']|'')*)')(?: and |$)")
_LINE_FIELDS = (
    *("INRI", "GRNR", *DIMENSIONS, "CRTP", "CUCD", "CUAM", "DBCR", "ACDT", "VTCD", "VTXT"),
    *("EXN1", "EXI1"),
)


@dataclass(frozen=True, slots=True)
class Sought:
    """What a query asks of columns that a table has an index of; the rest is tested row by row."""

    equal: dict[str, str]
    prefix: dict[str, str]
    first: dict[str, str]
    last: dict[str, str]

    def begins(self, name: str) -> str:
        """What a column begins with, or is; "" for anything."""
        return self.equal.get(name) or self.prefix.get(name, "")

    def days(self) -> tuple[str, str] | None:
        """The accounting dates from and to, if the query has any."""
        first = self.equal.get("ACDT") or self.first.get("ACDT")
        last = self.equal.get("ACDT") or self.last.get("ACDT")
        return (first or "", last or "99999999") if first or last else None


Table = Callable[[Context, Sought], Iterator[dict[str, str]]]


def _heads(ctx: Context, sought: Sought) -> Iterator[dict[str, str]]:
    for journal in ctx.m3.general_ledger.journals(ctx.moment_s, sought.begins("KEY1")):
        cono, divi, key = journal.key
        row = {name: journal.head.get(name, "") for name in ("INTN", "DESC", "USID")}
        yield row | {"CONO": str(cono), "DIVI": divi, "KEY1": key}


def _lines(ctx: Context, sought: Sought) -> Iterator[dict[str, str]]:
    for journal in ctx.m3.general_ledger.journals(ctx.moment_s, sought.begins("KEY1")):
        cono, divi, key = journal.key
        for number, line in sorted(journal.lines.items()):
            if line.since_s <= ctx.moment_s:
                row = {name: line.record.get(name, "") for name in _LINE_FIELDS}
                yield row | {"CONO": str(cono), "DIVI": divi, "KEY1": key, "LINE": str(number)}


def _ledger(ctx: Context, sought: Sought) -> Iterator[dict[str, str]]:
    ledger = ctx.m3.general_ledger
    if len(text := sought.begins("VTXT")) > _SHORT:
        vouchers = ledger.texts(text, ctx.moment_s)
    elif days := sought.days():
        vouchers = ledger.on(*days, ctx.moment_s)
    else:
        vouchers = ledger.vouchers(ctx.moment_s)
    for voucher in vouchers:
        for row in rows_of(voucher):
            yield {**row, "CONO": str(voucher.cono), "DIVI": voucher.divi}


def _invoices(ctx: Context, sought: Sought) -> Iterator[dict[str, str]]:
    days = sought.days() or ("", "99999999")
    for posted in ctx.m3.ledger.on(*days, ctx.moment_s):
        for row in aps200.rows_of(posted):
            yield {**row, "CONO": str(posted.cono), "DIVI": posted.divi}


#: A text as short as this is no help in finding rows.
_SHORT = 4
_LEDGER_FIELDS = (
    *("CONO", "DIVI", "YEA4", "JRNO", "JSNO", "ACDT", "VSER", "VONO", *DIMENSIONS),
    *("CUCD", "CUAM", "DBCR", "VTCD", "VTXT", "FEID"),
)
_INVOICE_FIELDS = (
    *("CONO", "DIVI", "YEA4", "JRNO", "JSNO", "SPYN", "SUNO", "SINO", "INYR", "TRCD"),
    *("VSER", "VONO", "CUCD", "CUAM", "VTAM", "IVDT", "DUDT", "ACDT"),
)
#: Table → prefix, columns, rows.
_TABLES: dict[str, tuple[str, tuple[str, ...], Table]] = {
    "FGLINH": ("GH", ("CONO", "DIVI", "KEY1", "INTN", "DESC", "USID"), _heads),
    "FGLINF": ("GF", ("CONO", "DIVI", "KEY1", "LINE", *_LINE_FIELDS), _lines),
    "FGLEDG": ("EG", _LEDGER_FIELDS, _ledger),
    "FPLEDG": ("EP", _INVOICE_FIELDS, _invoices),
}


def lst_fields(ctx: Context, record: dict[str, str]) -> Rows:
    """The columns of a table."""
    prefix, names, _ = _table(ctx, record["FILE"])
    for name in names:
        yield {"FLDN": prefix + name, "FLDS": name, "FLTY": "A", "FLLE": "10", "FLDP": "0"}


def select(ctx: Context, record: dict[str, str]) -> Rows:
    """The rows that a query names, joined by the separator."""
    query = _QUERY.fullmatch(record["QERY"])
    if query is None:
        raise MIError.refused("CPF9898", "QERY", "Query is invalid")
    prefix, names, rows = _table(ctx, query["table"])
    wanted = query["fields"].split(",")
    tests = _conditions(query["where"] or "")
    unknown = {*wanted, *(name for name, _, _ in tests)} - {prefix + name for name in names}
    if unknown:
        raise MIError.refused("CPF9898", "QERY", f"Field {min(unknown)} is not in the table")
    separator = record.get("SEPC") or " "
    if record.get("HDRS") == "1":
        yield {"REPL": separator.join(wanted)}
    for row in rows(ctx, _sought(tests)):
        raw = {prefix + name: value for name, value in row.items()}
        if all(_holds(raw.get(name, ""), op, value) for name, op, value in tests):
            yield {"REPL": separator.join(raw.get(name, "") for name in wanted)}


def _table(ctx: Context, name: str) -> tuple[str, tuple[str, ...], Table]:
    if not ctx.settings.allows_exportmi:
        raise MIError.refused("XAU0008", "", "User is not authorized to EXPORTMI")
    if name not in _TABLES:
        raise MIError.refused("WFI0103", "FILE", f"Table {name} does not exist")
    return _TABLES[name]


def _conditions(where: str) -> list[tuple[str, str, str]]:
    tests, at = [], 0
    while at < len(where):
        matched = _CONDITION.match(where, at)
        if matched is None:
            raise MIError.refused("CPF9898", "QERY", "Condition is invalid")
        name, op, number, text = matched.groups()
        tests.append((name, op, number if text is None else text.replace("''", "'")))
        at = matched.end()
    return tests


def _sought(tests: list[tuple[str, str, str]]) -> Sought:
    found = Sought({}, {}, {}, {})
    places = {"=": found.equal, ">=": found.first, "<=": found.last, "like": found.prefix}
    for name, op, value in tests:
        places[op][name[2:]] = value.rstrip("%") if op == "like" else value
    return found


def _holds(value: str, op: str, wanted: str) -> bool:
    match op:
        case "=":
            return value == wanted
        case ">=":
            return value >= wanted
        case "<=":
            return value <= wanted
        case _:
            return value.startswith(wanted.rstrip("%"))


TRANSACTIONS: dict[str, Act] = {"Select": select, "LstFields": lst_fields}
