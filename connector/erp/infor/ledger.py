"""Vouchers of the general ledger that carry our number at the beginning of their text (VTXT).

Both ways of reading are by accounting date: `EXPORTMI` on `FGLEDG`, or
`GLS200MI/LstVouchersByDt`, which gives all vouchers of a day, has no start position, and may end
early without saying so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from connector.domain.documents import Document
from connector.domain.drafts import Outcome
from connector.erp.answers import failed
from connector.erp.infor import fields
from connector.erp.infor.errors import is_absent
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Rows, Transaction, may_be_cut
from connector.erp.infor.tables import Query, Tables
from connector.ports import Answer

#: What is read of a ledger row; the free text is the last.
COLUMNS = (*("YEA4", "VSER", "VONO", "ACDT", "CUCD", "CUAM", "DBCR"), *DIMENSIONS, "VTXT")
_TABLE = "FGLEDG"
LISTING = "GLS200MI"
_ASKED = 1000
CUT_OFF = "cut_off"


class Ledger(Protocol):
    """Finds the ledger rows of documents."""

    def rows(self, company: Company, documents: Sequence[Document]) -> list[Answer[Rows]]:
        """All rows of the accounting date whose text begins with the document's number."""
        ...


class LedgerTable:
    """Reads the ledger's table."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables

    def rows(self, company: Company, documents: Sequence[Document]) -> list[Answer[Rows]]:
        """As the protocol says."""
        return self._tables.select(company, [_query(document) for document in documents])


class LedgerListing:
    """Lists the vouchers of a day, once for all documents of that day."""

    def __init__(self, api: M3Api) -> None:
        self._api = api

    def rows(self, company: Company, documents: Sequence[Document]) -> list[Answer[Rows]]:
        """As the protocol says; REFUSED where the day has more rows than M3 surely lists."""
        days = list(dict.fromkeys(fields.day(document.accounting_date) for document in documents))
        asked = [
            Transaction("LstVouchersByDt", {"FRDT": day, "TODT": day, **company.division}, COLUMNS)
            for day in days
        ]
        answers = self._api.execute_bulk(
            LISTING, asked, company=company, write=False, max_records=_ASKED
        )
        listed = {day: _whole(answer, day) for day, answer in zip(days, answers, strict=True)}
        return [
            _of(listed[fields.day(document.accounting_date)], document.number)
            for document in documents
        ]


def _query(document: Document) -> Query:
    day = int(fields.day(document.accounting_date))
    where = (("ACDT", "=", day), ("VTXT", "like", f"{document.number}%"))
    return Query(_TABLE, COLUMNS, where)


def _whole(answer: Answer[Rows], day: str) -> Answer[Rows]:
    if is_absent(answer):
        return Answer(Outcome.DONE, ())
    if not may_be_cut(answer):
        return answer
    message = (
        f"{LISTING} lists {len(answer.value or ())} ledger rows of {day} and may have left some "
        'out; set infor.journal_reads = "EXPORTMI", then retry'
    )
    return Answer(Outcome.REFUSED, code=CUT_OFF, message=message)


def _of(answer: Answer[Rows], number: str) -> Answer[Rows]:
    if answer.outcome is not Outcome.DONE:
        return failed(answer)
    ours = (row for row in answer.value or () if row.get("VTXT", "").startswith(number))
    return Answer(Outcome.DONE, tuple(ours))
