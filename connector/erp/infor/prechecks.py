"""Whether M3 would take documents, as far as its registers say so; everything here only reads.

What a register does not show (the rules between account and dimensions, closed periods, VAT
limits) is left to M3's own validation.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from connector.domain.documents import Document, DocumentKind
from connector.domain.drafts import Outcome
from connector.domain.periods import Period, PeriodState
from connector.erp.infor import fields
from connector.erp.infor.identities import Identities, Identity, doubt_of, fault_of
from connector.erp.infor.m3api import Company, M3Api
from connector.erp.infor.payees import Payees
from connector.erp.infor.periods import Periods
from connector.erp.infor.results import Row, Rows, Transaction
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
        """Supplier, accounts and dimensions, currency, period, and VAT codes of each document."""
        suppliers = self._suppliers(company, documents)
        identities = self._identity_checks(company, documents)
        days = [document.accounting_date for document in documents]
        currencies = self._currency_checks(company, documents)
        periods = [_period_check(period) for period in self._periods.of(company, days)]
        vat = self._vat_checks(company, documents)
        return [
            (*supplier, *values, currency, period, *codes)
            for supplier, values, currency, period, codes in zip(
                suppliers, identities, currencies, periods, vat, strict=True
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
        wanted = [_identities(document) for document in documents]
        answers = iter(self._identities.of(company, [one for some in wanted for one in some]))
        return [
            tuple(
                _identity_check(one, next(answers), document.accounting_date, is_vat=is_vat)
                for one, is_vat in some.items()
            )
            for document, some in zip(documents, wanted, strict=True)
        ]

    def _currency_checks(self, company: Company, documents: Sequence[Document]) -> list[PreCheck]:
        """Whether M3 keeps as many decimals as the amounts have; ours are those of ISO 4217.

        A currency is kept for a division, or for all of a company.
        """
        answers: dict[str, Answer[Rows]] = {}
        wanted = list(dict.fromkeys(document.currency for document in documents))
        for where in dict.fromkeys((company, Company(company.cono, ""))):
            left = [one for one in wanted if one not in answers or not answers[one].value]
            asked = [
                Transaction("GetBasicData", {"CUCD": one, **where.division}, ("CUCD", "DCCD"))
                for one in left
            ]
            told = self._api.execute_bulk("CRS055MI", asked, company=where, write=False)
            answers.update(zip(left, told, strict=True))
        return [_currency_check(document, answers[document.currency]) for document in documents]

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


def _identities(document: Document) -> dict[Identity, bool]:
    """What the lines are posted on, each once, and whether lines of VAT alone are."""
    found: dict[Identity, bool] = {}
    for line in document.lines:
        for name, value in line.dimensions:
            if fields.text(value):
                one = Identity(name, fields.text(value))
                found[one] = found.get(one, True) and bool(line.vat_code)
    return found


def _identity_check(
    identity: Identity, answer: Answer[Row | None], day: date, *, is_vat: bool
) -> PreCheck:
    name = f"{identity.dimension} {identity.value}"
    if answer.outcome is not Outcome.DONE:
        return asked_check(name, answer)
    if answer.value is None:
        return PreCheck(name, Verdict.FAILED, "M3 has no such identity (CRS630)")
    if fault := fault_of(answer.value, day, is_vat=is_vat):
        return PreCheck(name, Verdict.FAILED, fault)
    doubt = doubt_of(answer.value)
    return PreCheck(name, Verdict.NOT_RUN if doubt else Verdict.PASSED, doubt)


def _currency_check(document: Document, answer: Answer[Rows]) -> PreCheck:
    name = f"currency {document.currency}"
    if answer.outcome is not Outcome.DONE:
        return asked_check(name, answer)
    places = (answer.value or ({},))[0].get("DCCD", "")
    if not (places.isascii() and places.isdigit()):
        return PreCheck(name, Verdict.NOT_RUN, "M3 does not say its decimals (CRS055)")
    one = Decimal(1).scaleb(-int(places))
    if odd := next((line.amount for line in document.lines if line.amount % one), None):
        message = f"M3 keeps {places} decimals of it (CRS055), and a line has {odd}"
        return PreCheck(name, Verdict.FAILED, message)
    return PreCheck(name, Verdict.PASSED)


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
