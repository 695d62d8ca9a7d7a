"""Documents that M3's ledgers have beside the expected ones, day by day.

The AP ledger can only be listed by its table; the general ledger by its table, or by
`GLS200MI/LstVouchersByDt`. Neither has a start position, and either may end early without saying
so: such a day is told as one that was not read whole.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import date

from connector.domain.documents import DocumentKind
from connector.domain.drafts import Outcome
from connector.domain.ledger import ErpDocument, ErpState, NotOffered, Unreadable
from connector.domain.numbers import is_document_number
from connector.erp.infor import gls840_records as records
from connector.erp.infor.ap_ledger import ApLedger, invoices_of
from connector.erp.infor.entry_reading import entry, grouped
from connector.erp.infor.heads import voucher
from connector.erp.infor.invoice_reading import posted_invoice
from connector.erp.infor.ledger import CUT_OFF, Ledger
from connector.erp.infor.m3api import Company
from connector.erp.infor.results import UNREADABLE, Row, Rows
from connector.erp.weeks import weeks
from connector.ports import Answer

#: What FAM functions of the AP ledger begin with: what they post is an invoice of that ledger.
_OF_AP = "AP"

Told = ErpDocument | Unreadable | NotOffered


class OtherDocuments:
    """Lists what was posted in one company at a time; `accounts` are the offset accounts."""

    def __init__(self, invoices: ApLedger, entries: Ledger, accounts: Sequence[str]) -> None:
        self._invoices = invoices
        self._entries = entries
        self._accounts = list(dict.fromkeys(accounts))

    def invoices(
        self, company: Company, since: date, until: date, suppliers: Collection[str]
    ) -> Iterator[Told]:
        """Invoices of these suppliers, and those under a number of our form."""

        def wanted(rows: Rows) -> Iterator[ErpDocument]:
            for invoice in invoices_of(rows):
                if invoice.supplier in suppliers or is_document_number(invoice.number):
                    yield posted_invoice(invoice, company.pairs)

        return _by_days(
            DocumentKind.SUPPLIER_INVOICE,
            company,
            weeks(since, until),
            lambda days: self._invoices.on(company, days, suppliers),
            wanted,
        )

    def entries(self, company: Company, since: date, until: date) -> Iterator[Told]:
        """Vouchers on the accounts, and those under a number of our form."""

        def wanted(rows: Rows) -> Iterator[ErpDocument]:
            entries = [row for row in rows if not row["FEID"].startswith(_OF_AP)]
            for some in grouped(row for row in entries if _number(row)):
                yield _entry(some, _number(some[0]), company)
            on_accounts = (
                row for row in entries if not _number(row) and row["AIT1"] in self._accounts
            )
            vouchers: dict[str, list[Row]] = {}
            for row in on_accounts:
                vouchers.setdefault(voucher(row), []).append(row)
            for some in vouchers.values():
                yield _entry(some, some[0]["VTXT"], company)

        return _by_days(
            DocumentKind.GL_ENTRY,
            company,
            weeks(since, until),
            lambda days: self._entries.on(company, days, self._accounts),
            wanted,
        )


def _by_days(
    kind: DocumentKind,
    company: Company,
    portions: Iterator[list[date]],
    ask: Callable[[list[date]], list[Answer[Rows]]],
    wanted: Callable[[Rows], Iterator[ErpDocument]],
) -> Iterator[Told]:
    for days in portions:
        for day, answer in zip(days, ask(days), strict=True):
            if answer.outcome is Outcome.REFUSED and answer.code != CUT_OFF:
                why = f"M3 does not let them be listed: {answer.message}"
                yield NotOffered(kind=kind, company=company.pairs, why=why)
                return
            try:
                found = None if answer.value is None else list(wanted(answer.value))
                code, why = answer.code, answer.message
            except (KeyError, ValueError) as error:
                found, code, why = None, UNREADABLE, f"the ledger shows {error}"
            if found is None:
                place = company.pairs
                yield Unreadable(kind=kind, company=place, why=why, code=code, since=day, until=day)
            else:
                yield from found


def _entry(rows: Sequence[Row], number: str, company: Company) -> ErpDocument:
    return entry(
        rows,
        number=number,
        company=company.pairs,
        state=ErpState.POSTED,
        reference=voucher(rows[0]),
    )


def _number(row: Row) -> str:
    """The number of our form that the text of a row begins with; "" where there is none."""
    number = records.marker_of(row["VTXT"]).partition(".")[0]
    return number if is_document_number(number) else ""
