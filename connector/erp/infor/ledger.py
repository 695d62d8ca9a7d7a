"""Vouchers of the general ledger that carry our number at the beginning of their text (VTXT).

Both ways of reading are by accounting date: `EXPORTMI` on `FGLEDG`, or
`GLS200MI/LstVouchersByDt`, which gives all vouchers of a day, has no start position, and may end
early without saying so.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from itertools import pairwise
from typing import Protocol

from connector.domain.drafts import Outcome
from connector.domain.numbers import AFTER, BEGINNING, BEGINNINGS
from connector.erp.answers import failed
from connector.erp.infor import fields
from connector.erp.infor.errors import is_absent
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Row, Rows, Transaction, may_be_cut
from connector.erp.infor.tables import PROGRAM as TABLES
from connector.erp.infor.tables import Query, Tables
from connector.ports import Answer

#: What is read of a ledger row; the free text is the last.
COLUMNS = (*("YEA4", "VSER", "VONO", "ACDT", "CUCD", "CUAM", "DBCR"), *DIMENSIONS, "VTXT")
#: The same, with the FAM function that has posted it.
_WITH_ORIGIN = ("FEID", *COLUMNS)
_TABLE = "FGLEDG"
LISTING = "GLS200MI"
_ASKED = 1000
CUT_OFF = "cut_off"
#: From each edge of our numbers' beginnings to the next.
_RANGES = tuple(pairwise((BEGINNING, *sorted(BEGINNINGS), AFTER)))
#: Tests of fields, all of which hold.
Tests = tuple[tuple[str, str, str], ...]
_BY_TABLE = '; set infor.journal_reads = "EXPORTMI", then retry'


class Numbered(Protocol):
    """A document, or what is known of one."""

    @property
    def number(self) -> str:
        """Our number of it."""
        ...

    @property
    def accounting_date(self) -> date:
        """The day on which it is to be found."""
        ...


class Ledger(Protocol):
    """Finds the ledger rows of documents."""

    def rows(
        self,
        company: Company,
        documents: Sequence[Numbered],
        days: tuple[date, date] | None = None,
    ) -> list[Answer[Rows]]:
        """All rows whose text begins with the document's number, on its accounting date.

        With `days` also those from the first to the last of them, where M3 can be asked so.
        """
        ...

    def on(
        self, company: Company, days: Sequence[date], accounts: Sequence[str]
    ) -> list[Answer[Rows]]:
        """All rows of each day on these accounts, and all whose text begins as our numbers do."""
        ...


class LedgerTable:
    """Reads the ledger's table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def rows(
        self,
        company: Company,
        documents: Sequence[Numbered],
        days: tuple[date, date] | None = None,
    ) -> list[Answer[Rows]]:
        """As the protocol says."""
        return self._tables.select(company, [_query(document, days) for document in documents])

    def on(
        self, company: Company, days: Sequence[date], accounts: Sequence[str]
    ) -> list[Answer[Rows]]:
        """As the protocol says; of a day with too many rows they are asked for in parts."""
        ours: Tests = (_like(BEGINNING),)
        wanted = [ours, *((("AIT1", "=", account),) for account in accounts)]
        answers = iter(self._select(company, days, wanted))
        told = []
        for day in days:
            first, *others = (next(answers) for _ in wanted)
            cut = next((one for one in (first, *others) if one.code == CUT_OFF), None)
            if cut is None:
                told.append(united([first, *map(_without_ours, others)]))
            else:
                in_parts = self._select(company, [day], parts("VTXT", "AIT1", accounts))
                rows = whole_of("VTXT", in_parts, cut)
                told.append(_of(rows, BEGINNING, accounts))
        return told

    def _select(
        self, company: Company, days: Sequence[date], wanted: Sequence[Tests]
    ) -> list[Answer[Rows]]:
        """The rows of each day that each of the tests holds for, in this order."""
        places = [(day, tests) for day in days for tests in wanted]
        queries = [
            Query(_TABLE, _WITH_ORIGIN, (("ACDT", "=", int(fields.day(day))), *tests))
            for day, tests in places
        ]
        answers = self._tables.select(company, queries)
        return [whole(one, TABLES, day) for one, (day, _) in zip(answers, places, strict=True)]


class LedgerListing:
    """Lists the vouchers of a day, once for all documents of that day."""

    def __init__(self, api: M3Api) -> None:
        self._api = api

    def rows(
        self,
        company: Company,
        documents: Sequence[Numbered],
        days: tuple[date, date] | None = None,
    ) -> list[Answer[Rows]]:
        """On the accounting date alone; REFUSED where it has more rows than M3 surely lists."""
        del days
        dates = list(dict.fromkeys(document.accounting_date for document in documents))
        listed = dict(zip(dates, self._listed(company, dates, COLUMNS), strict=True))
        return [_of(listed[one.accounting_date], one.number) for one in documents]

    def on(
        self, company: Company, days: Sequence[date], accounts: Sequence[str]
    ) -> list[Answer[Rows]]:
        """As the protocol says; REFUSED for a day with more rows than M3 surely lists."""
        listed = self._listed(company, days, _WITH_ORIGIN)
        return [_of(answer, BEGINNING, accounts) for answer in listed]

    def _listed(
        self, company: Company, days: Sequence[date], columns: tuple[str, ...]
    ) -> list[Answer[Rows]]:
        asked = [
            Transaction("LstVouchersByDt", {"FRDT": day, "TODT": day, **company.division}, columns)
            for day in map(fields.day, days)
        ]
        answers = self._api.execute_bulk(
            LISTING, asked, company=company, write=False, max_records=_ASKED
        )
        return [
            whole(answer, LISTING, day, _BY_TABLE)
            for answer, day in zip(answers, days, strict=True)
        ]


def _query(document: Numbered, days: tuple[date, date] | None) -> Query:
    first, last = days or (document.accounting_date,) * 2
    first, last = min(first, document.accounting_date), max(last, document.accounting_date)
    text = ("VTXT", "like", f"{document.number}%")
    if first == last:
        return Query(_TABLE, COLUMNS, (("ACDT", "=", int(fields.day(first))), text))
    between = (("ACDT", ">=", int(fields.day(first))), ("ACDT", "<=", int(fields.day(last))))
    return Query(_TABLE, COLUMNS, (*between, text))


def parts(text: str, name: str, values: Iterable[str]) -> list[Tests]:
    """Tests that share out what is wanted: texts from BX to BY, and of each value all others.

    The ranges are a chain, so that each text is in one of them in whatever order M3 has characters.
    """
    ranges: list[Tests] = [((text, ">=", one), (text, "<=", end)) for one, end in _RANGES]
    return ranges + [
        ((name, "=", value), (text, *side))
        for value in values
        for side in (("<=", BEGINNING), (">=", AFTER))
    ]


def _like(beginning: str) -> tuple[str, str, str]:
    return ("VTXT", "like", f"{beginning}%")


def united(answers: Sequence[Answer[Rows]]) -> Answer[Rows]:
    """The rows of all answers; a failure of one is a failure of all."""
    for answer in answers:
        if answer.outcome is not Outcome.DONE:
            return failed(answer)
    return Answer(Outcome.DONE, tuple(row for one in answers for row in one.value or ()))


def whole_of(text: str, in_parts: Sequence[Answer[Rows]], cut: Answer[Rows]) -> Answer[Rows]:
    """The rows of all `parts`; where M3 refuses one of them, it stays with what was cut off.

    A text where ranges meet is in both: the rows of the first that shows it are all that there are.
    """
    told = united(in_parts)
    if told.outcome is not Outcome.DONE:
        return cut if told.outcome is Outcome.REFUSED else told
    rows: list[Row] = []
    seen: set[str] = set()
    for nth, answer in enumerate(in_parts):
        new = [row for row in answer.value or () if row[text] not in seen]
        rows += new
        if nth < len(_RANGES):
            seen |= {row[text] for row in new}
    return Answer(Outcome.DONE, tuple(rows))


def _without_ours(answer: Answer[Rows]) -> Answer[Rows]:
    """The rows whose text does not begin as our numbers do: those are asked for apart."""
    if answer.outcome is not Outcome.DONE:
        return failed(answer)
    rows = answer.value or ()
    return Answer(Outcome.DONE, tuple(row for row in rows if not row["VTXT"].startswith(BEGINNING)))


def whole(answer: Answer[Rows], program: str, day: date, mend: str = "") -> Answer[Rows]:
    """The rows of a day; REFUSED with code `cut_off` where they may not be all."""
    if is_absent(answer):
        return Answer(Outcome.DONE, ())
    if not may_be_cut(answer):
        return answer
    rows = len(answer.value or ())
    message = f"{program} lists {rows} ledger rows of {day} and may have left some out{mend}"
    return Answer(Outcome.REFUSED, code=CUT_OFF, message=message)


def _of(answer: Answer[Rows], beginning: str, accounts: Sequence[str] = ()) -> Answer[Rows]:
    """The rows whose text begins so, or that are on one of the accounts."""
    if answer.outcome is not Outcome.DONE:
        return failed(answer)
    return Answer(
        Outcome.DONE,
        tuple(
            row
            for row in answer.value or ()
            if row.get("VTXT", "").startswith(beginning) or row.get("AIT1", "") in accounts
        ),
    )
