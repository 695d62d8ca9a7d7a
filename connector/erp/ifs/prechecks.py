"""Whether IFS would take documents, as far as its registers say so; everything here only reads.

What no public projection shows (periods, code part values, what an account demands) is left to
IFS's own validation.
"""

from __future__ import annotations

from collections.abc import Sequence

from connector.domain.documents import Document
from connector.domain.periods import Period, PeriodState
from connector.erp.ifs import fields
from connector.erp.ifs.accounts import Account, AccountKey, Accounts
from connector.erp.ifs.lines import ACCOUNT
from connector.erp.ifs.suppliers import Suppliers
from connector.erp.ifs.writing import accounts_of
from connector.erp.verdicts import asked_check
from connector.ports import Answer, PreCheck, Verdict

#: IFS says that a period is closed when it refuses a document, and nowhere else that is public.
PERIOD = Period(PeriodState.UNKNOWN, detail="IFS says so only when a document is posted")


class PreChecks:
    """The registers of one tenant; answers by position, each register asked once."""

    def __init__(self, accounts: Accounts, suppliers: Suppliers) -> None:
        self._accounts = accounts
        self._suppliers = suppliers

    def run(self, documents: Sequence[Document]) -> list[tuple[PreCheck, ...]]:
        """Supplier, GL accounts, code parts, period and VAT codes of each document."""
        partners = [(one.company_key, fields.text(one.partner)) for one in documents]
        suppliers = self._suppliers.active(key for key in partners if key[1])
        accounts = self._accounts.read(key for one in documents for key in accounts_of(one))
        period = PreCheck("period", Verdict.NOT_RUN, PERIOD.detail)
        checks = []
        for document, key in zip(documents, partners, strict=True):
            supplier = [asked_check(f"supplier {key[1]}", suppliers[key])] if key[1] else []
            own = [_account_check(one, accounts[one], document) for one in accounts_of(document)]
            checks.append((*supplier, *own, *_unasked(document), period))
        return checks

    def shown(self, documents: Sequence[Document]) -> list[Answer[bool]]:
        """Whether IFS shows each company at all: of a hidden one, every list is empty."""
        companies = dict.fromkeys(one.company_key for one in documents)
        told = {company: self._accounts.seen(company) for company in companies}
        return [told[one.company_key] for one in documents]


def _unasked(document: Document) -> list[PreCheck]:
    """The values that IFS shows nowhere public, so that nothing is known of them."""
    names = dict.fromkeys(
        [
            *(
                f"{name} {fields.text(value)}"
                for line in document.lines
                for name, value in line.dimensions
                if name != ACCOUNT
            ),
            *(f"VAT code {line.vat_code}" for line in document.lines if line.vat_code),
        ]
    )
    return [PreCheck(name, Verdict.NOT_RUN, PERIOD.detail) for name in names]


def _account_check(key: AccountKey, answer: Answer[Account], document: Document) -> PreCheck:
    name = f"account {key[1]}"
    if answer.value is None:
        return asked_check(name, answer)
    fault = answer.value.fault(document.accounting_date)
    return PreCheck(name, Verdict.FAILED if fault else Verdict.PASSED, fault)
