"""Rows of M3's tables, by `EXPORTMI`, where the tenant lets the service user read them.

A query is SQL in essence; the answer is one text for each row, joined by a separator. The prefix
of a table's columns is asked of `LstFields`, because it is not public for every table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.profile import MISCONFIGURED
from connector.erp.infor.results import UNREADABLE, Row, Rows, Transaction
from connector.ports import Answer

PROGRAM = "EXPORTMI"
_SEPARATOR = ";"
#: Columns are two characters of the table and the name of the field.
_PREFIX = 2


@dataclass(frozen=True, slots=True)
class Query:
    """Rows of a table: fields by their names without prefix, and what they have to be.

    The last column may hold free text, the separator included. A condition is (field, operator,
    value); numbers are numeric fields.
    """

    table: str
    columns: tuple[str, ...]
    where: tuple[tuple[str, str, str | int], ...]


class Tables:
    """Reads tables; remembers the names of their columns."""

    def __init__(self, api: M3Api) -> None:
        self._api = api
        self._columns: dict[str, Mapping[str, str]] = {}

    def columns(self, table: str, company: Company) -> Answer[Mapping[str, str]]:
        """The columns of a table by their names without prefix."""
        if table not in self._columns:
            asked = Transaction("LstFields", {"FILE": table})
            told = self._api.execute(PROGRAM, asked, company=company, write=False)
            if told.outcome is not Outcome.DONE:
                return failed(told)
            names = (row.get("FLDN", "") for row in told.value or ())
            self._columns[table] = {name[_PREFIX:]: name for name in names if name}
        return Answer(Outcome.DONE, self._columns[table])

    def select(self, company: Company, queries: Sequence[Query]) -> list[Answer[Rows]]:
        """The rows of each query, under the names without prefix, in this company alone."""
        written: list[str] = []
        for query in queries:
            columns = self.columns(query.table, company)
            if columns.value is None:
                return [failed(columns)] * len(queries)
            used = {*query.columns, *(name for name, _, _ in query.where), "CONO", "DIVI"}
            if lacking := sorted(used - set(columns.value)):
                message = f"table {query.table} of this M3 has no {', '.join(lacking)}"
                return [Answer(Outcome.REFUSED, code=MISCONFIGURED, message=message)] * len(queries)
            written.append(_sql(query, columns.value, company))
        asked = [
            Transaction("Select", {"QERY": sql, "SEPC": _SEPARATOR, "HDRS": "0"}) for sql in written
        ]
        answers = self._api.execute_bulk(PROGRAM, asked, company=company, write=False)
        return [
            _rows(answer, query.columns) for answer, query in zip(answers, queries, strict=True)
        ]


def _sql(query: Query, columns: Mapping[str, str], company: Company) -> str:
    where: tuple[tuple[str, str, str | int], ...]
    where = (("CONO", "=", company.cono), ("DIVI", "=", company.divi), *query.where)
    tests = (f"{columns[name]} {operator} {_literal(value)}" for name, operator, value in where)
    wanted = ",".join(columns[name] for name in query.columns)
    return f"{wanted} from {query.table} where {' and '.join(tests)}"


def _literal(value: str | int) -> str:
    return str(value) if isinstance(value, int) else "'" + value.replace("'", "''") + "'"


def _rows(answer: Answer[Rows], columns: tuple[str, ...]) -> Answer[Rows]:
    if answer.outcome is not Outcome.DONE:
        return failed(answer)
    rows: list[Row] = []
    for row in answer.value or ():
        values = row.get("REPL", "").split(_SEPARATOR, len(columns) - 1)
        if len(values) != len(columns):
            message = f"{PROGRAM} answered with another number of columns than were asked for"
            return Answer(Outcome.NOT_SENT, code=UNREADABLE, message=message)
        rows.append({name: value.strip() for name, value in zip(columns, values, strict=True)})
    return Answer(Outcome.DONE, tuple(rows))
