"""Whether M3 would take documents, as far as its registers say so; everything here only reads.

What a register does not show (the rules between account and dimensions, closed periods, VAT
limits) is left to M3's own validation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from connector.domain.documents import Document, DocumentKind
from connector.domain.drafts import Outcome
from connector.domain.periods import Period, PeriodState
from connector.erp.infor import fields
from connector.erp.infor.identities import Identities, Identity, fault_of
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.periods import Periods
from connector.erp.infor.results import Rows, Transaction
from connector.erp.verdicts import asked_check
from connector.ports import Answer, PreCheck, Verdict


class PreChecks:
    """The registers of one tenant; answers by position, each register asked once."""

    def __init__(self, api: M3Api, payees: Payees, periods: Periods) -> None:
        self._api = api
        self._payees = payees
        self._periods = periods
        self._identities = Identities(api)

    def run(self, company: Company, documents: Sequence[Document]) -> list[tuple[PreCheck, ...]]:
        """Supplier, accounts and dimensions, period, and VAT codes of each document."""
        suppliers = self._suppliers(company, documents)
        identities = self._identity_checks(company, documents)
        days = [document.accounting_date for document in documents]
        periods = [_period_check(period) for period in self._periods.of(company, days)]
        vat = self._vat_checks(company, documents)
        return [
            (*supplier, *values, period, *codes)
            for supplier, values, period, codes in zip(
                suppliers, identities, periods, vat, strict=True
            )
        ]

    def _suppliers(
        self, company: Company, documents: Sequence[Document]
    ) -> list[tuple[PreCheck, ...]]:
        numbers = [
            fields.text(document.partner)
            for document in documents
            if document.kind is DocumentKind.SUPPLIER_INVOICE
        ]
        answers = iter(self._payees.active(numbers, company))
        return [
            (asked_check(f"supplier {fields.text(document.partner)}", next(answers)),)
            if document.kind is DocumentKind.SUPPLIER_INVOICE
            else ()
            for document in documents
        ]

    def _identity_checks(
        self, company: Company, documents: Sequence[Document]
    ) -> list[tuple[PreCheck, ...]]:
        wanted = [list(dict.fromkeys(_identities(document))) for document in documents]
        answers = iter(self._identities.of(company, [one for some in wanted for one in some]))
        checks = []
        for document, some in zip(documents, wanted, strict=True):
            found = []
            for one in some:
                answer = next(answers)
                name = f"{one.dimension} {one.value}"
                if answer.outcome is not Outcome.DONE:
                    found.append(asked_check(name, answer))
                elif answer.value is None:
                    found.append(PreCheck(name, Verdict.FAILED, "M3 has no such identity (CRS630)"))
                else:
                    fault = fault_of(answer.value, document.accounting_date)
                    found.append(PreCheck(name, Verdict.FAILED if fault else Verdict.PASSED, fault))
            checks.append(tuple(found))
        return checks

    def _vat_checks(
        self, company: Company, documents: Sequence[Document]
    ) -> list[tuple[PreCheck, ...]]:
        used = [
            dict.fromkeys(line.vat_code for line in document.lines if line.vat_code)
            for document in documents
        ]
        if not any(used):
            return [()] * len(documents)
        asked = Transaction("LstVat", {}, ("VTCD",))
        answer = self._api.execute("CRS030MI", asked, company=company, write=False)
        return [tuple(_vat_check(code, answer) for code in codes) for codes in used]


def _identities(document: Document) -> Iterator[Identity]:
    for line in document.lines:
        for name, value in line.dimensions:
            if fields.text(value):
                yield Identity(name, fields.text(value))


def _period_check(period: Period) -> PreCheck:
    verdict = {
        PeriodState.OPEN: Verdict.PASSED,
        PeriodState.CLOSED: Verdict.FAILED,
        PeriodState.UNKNOWN: Verdict.NOT_RUN,
    }[period.state]
    is_closed = period.state is PeriodState.CLOSED
    later = f"; the next period begins {period.open_from}" if is_closed and period.open_from else ""
    return PreCheck("period", verdict, period.detail + later)


def _vat_check(code: str, answer: Answer[Rows]) -> PreCheck:
    name = f"VAT code {code}"
    if answer.outcome is not Outcome.DONE:
        return PreCheck(name, Verdict.NOT_RUN, answer.message)
    known = {row.get("VTCD", "").lstrip("0") for row in answer.value or ()}
    if code.lstrip("0") in known:
        return PreCheck(name, Verdict.PASSED)
    return PreCheck(name, Verdict.FAILED, "M3 has no such VAT code (CRS030)")
