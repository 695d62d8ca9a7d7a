"""Vouchers of the general ledger that carry our number at the beginning of their text (VTXT).

Both ways of reading are by accounting date: `EXPORTMI` on `FGLEDG`, or
`GLS200MI/LstVouchersByDt`, which gives all vouchers of a day, has no start position, and may end
early without saying so.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Protocol

from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.infor import fields
from connector.erp.infor.errors import is_absent
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Rows, Transaction, may_be_cut
from connector.erp.infor.tables import PROGRAM as TABLES
from connector.erp.infor.tables import Query, Tables
from connector.ports import Answer

#: What is read of a ledger row; the free text is the last.
COLUMNS = (*("YEA4", "VSER", "VONO", "ACDT", "CUCD", "CUAM", "DBCR"), *DIMENSIONS, "VTXT")
#: The same, with the FAM function that has posted it.
_WITH_ORIGIN = ("FEID", *COLUMNS)
#: What all our numbers begin with.
_OURS = "BX"
_TABLE = "FGLEDG"
LISTING = "GLS200MI"
_ASKED = 1000
CUT_OFF = "cut_off"
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
        """As the protocol says; one query for our numbers, and one for each account."""
        tests = [("VTXT", "like", f"{_OURS}%"), *(("AIT1", "=", one) for one in accounts)]
        queries = [
            Query(_TABLE, _WITH_ORIGIN, (("ACDT", "=", int(fields.day(day))), test))
            for day in days
            for test in tests
        ]
        answers = self._tables.select(company, queries)
        return [
            _united([whole(one, TABLES, day) for one in answers[n * len(tests) :][: len(tests)]])
            for n, day in enumerate(days)
        ]


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
        return [_of(answer, _OURS, accounts) for answer in listed]

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


def _united(answers: Sequence[Answer[Rows]]) -> Answer[Rows]:
    """The rows of all answers; the first is of our numbers, whose rows the others may repeat."""
    ours, *others = answers
    for answer in answers:
        if answer.outcome is not Outcome.DONE:
            return failed(answer)
    rest = (
        row for answer in others for row in answer.value or () if not row["VTXT"].startswith(_OURS)
    )
    return Answer(Outcome.DONE, (*(ours.value or ()), *rest))


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
