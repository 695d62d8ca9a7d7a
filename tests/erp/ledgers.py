"""The ledgers of each simulated ERP: what we post there, and what others do to it."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from connector.domain.documents import Document, DocumentKind
from connector.domain.ledger import ErpDocument, Expected
from connector.erp.infor.config import JournalReads
from tests.erp.erp_sandbox import ErpUnderTest, aps100, aps450, gls840
from tests.erp.ifs import proposal, proposal_elsewhere, voucher, voucher_elsewhere
from tests.erp.steps import built, read_when_settled
from tests.sandbox_process import Sandbox

SINCE, UNTIL = date(2025, 1, 1), date(2025, 2, 28)
#: An account that connections under test have as that of card liability.
OFFSET = "2441"
STRANGE_SUPPLIER = "732001"
NO_TABLES: tuple[dict[str, Any], str] = {"infor": {"allows_exportmi": False}}, "EXPORTMI"


@dataclass
class LedgerUnderTest:
    """A profile whose documents get into a ledger, and whose ledger others can reach.

    `plant` posts something by hand: number (or text), amount, day, and a supplier or an account.
    """

    at: ErpUnderTest
    plant: Callable[..., None]
    change: Callable[[str, Decimal], None]
    remove: Callable[[str], None]
    #: the settings by which the tenant does not let others' documents be listed, and what is said
    forbids: tuple[dict[str, Any], str]
    #: what a person does in the ERP, so that what we have written stands in the ledger
    finish: Callable[[str], None] = lambda reference: None

    @property
    def sandbox(self) -> Sandbox:
        return self.at.sandbox

    @property
    def partner(self) -> str:
        """What documents that are not ours are kept for."""
        return self.at.supplier if self.is_invoices else OFFSET

    @property
    def stranger(self) -> str:
        return STRANGE_SUPPLIER if self.is_invoices else "7500"

    @property
    def is_invoices(self) -> bool:
        return self.at.kind is DocumentKind.SUPPLIER_INVOICE

    def posted(self, document: Any = None) -> Any:
        """A document of ours that is in the ledger."""
        document = document or self.at.document()
        target = built(self.at, document)
        if self.at.rules.has_drafts:
            self.at.erp.commit([target])
            read_when_settled(self.at, target)
        self.finish(target.reference)
        return document

    def documents(self, *ours: Document) -> list[Any]:
        return list(self.at.erp.ledger.documents(map(expected, ours), SINCE, UNTIL))

    def others(self) -> list[Any]:
        suppliers = frozenset({self.at.supplier} - {""})
        return list(self.at.erp.ledger.others(SINCE, UNTIL, suppliers=suppliers))


def expected(document: Any) -> Expected:
    return Expected(
        number=document.number,
        kind=document.kind,
        company=document.company,
        accounting_date=document.accounting_date,
        supplier=document.partner,
        invoice_date=getattr(document, "invoice_date", None),
    )


def same(told: ErpDocument, document: Any) -> bool:
    """Whether what the ERP tells is the document, state and names of the ERP aside."""
    total = document.total if document.partner else document.size
    return (
        (told.number, told.kind, told.company) == (document.number, document.kind, document.company)
        and told.amount == total
        and told.currency == document.currency
        and told.accounting_date == document.accounting_date
        and (told.supplier or "") == document.partner
        and told.invoice_date == getattr(document, "invoice_date", None)
        and told.ours
    )


def _m3_invoices(at: ErpUnderTest) -> LedgerUnderTest:
    def plant(number: str, amount: Decimal, day: date, partner: str) -> None:
        head = {"SUNO": partner, "SINO": number, "CUAM": str(amount), "CUCD": "SEK"}
        days = dict.fromkeys(("IVDT", "ACDT"), f"{day:%Y%m%d}")
        at.sandbox.call("POST", "/infor/ledger/invoices", [head | days])

    def change(number: str, amount: Decimal) -> None:
        at.sandbox.call("PATCH", f"/infor/ledger/invoices/{number}", {"CUAM": str(amount)})

    def remove(number: str) -> None:
        at.sandbox.call("DELETE", f"/infor/ledger/invoices/{number}")

    return LedgerUnderTest(at, plant, change, remove, NO_TABLES)


def _m3_entries(at: ErpUnderTest) -> LedgerUnderTest:
    def plant(number: str, amount: Decimal, day: date, partner: str, origin: str = "GL10") -> None:
        common = {"CUCD": "SEK", "ACDT": f"{day:%Y%m%d}", "VTXT": number}
        rows = [
            common | {"AIT1": account, "CUAM": str(one)}
            for account, one in ((partner, -amount), ("7510", amount))
        ]
        at.sandbox.call("POST", "/infor/ledger/vouchers", [{"rows": rows, "origin": origin}])

    def of(number: str) -> dict[str, Any]:
        vouchers = at.sandbox.call("GET", "/infor/journals")["vouchers"]
        return next(one for one in vouchers if one["lines"][0]["VTXT"].startswith(number))

    def remove(number: str) -> None:
        at.sandbox.call("DELETE", f"/infor/ledger/vouchers/{of(number)['vono']}")

    def change(number: str, amount: Decimal) -> None:
        rows = of(number)["lines"]
        remove(number)
        for row in rows:
            row["CUAM"] = str(amount.copy_sign(Decimal(row["CUAM"])))
        at.sandbox.call("POST", "/infor/ledger/vouchers", [{"rows": rows}])

    return LedgerUnderTest(at, plant, change, remove, NO_TABLES)


def m3_batches(sandbox: Sandbox) -> LedgerUnderTest:
    return _m3_invoices(aps450(sandbox, final_supa=90))


def m3_without_batches(sandbox: Sandbox) -> LedgerUnderTest:
    return _m3_invoices(aps100(sandbox))


def m3_entries(sandbox: Sandbox) -> LedgerUnderTest:
    return _m3_entries(gls840(sandbox))


def m3_entries_listed(sandbox: Sandbox) -> LedgerUnderTest:
    return _m3_entries(gls840(sandbox, JournalReads.GLS200MI.value, allows_exportmi=False))


def _ifs_invoices(at: ErpUnderTest) -> LedgerUnderTest:
    def plant(number: str, amount: Decimal, day: date, partner: str) -> None:
        head = {"Identity": partner, "InvoiceNo": number, "InvoiceDate": str(day)}
        head["GrossCurrAmount"] = str(amount)
        at.sandbox.call("POST", "/ifs/ledger/proposals", [head])

    def finish(reference: str) -> None:
        at.sandbox.call("POST", f"/ifs/proposals/{reference}", {"action": "post"})

    return LedgerUnderTest(at, plant, *_ifs_changes(at), NO_FILTER, finish)


def _ifs_entries(at: ErpUnderTest) -> LedgerUnderTest:
    def plant(number: str, amount: Decimal, day: date, partner: str, kind: str = "M") -> None:
        common = {"VoucherDate": str(day), "ReferenceNumber": number}
        rows = [
            common | {"Account": account, "CurrencyAmount": str(one)}
            for account, one in ((partner, -amount), ("6570", amount))
        ]
        at.sandbox.call("POST", "/ifs/ledger/vouchers", [{"rows": rows, "VoucherType": kind}])

    def finish(reference: str) -> None:
        at.sandbox.call("POST", f"/ifs/vouchers/{reference}", {"action": "update"})

    return LedgerUnderTest(at, plant, *_ifs_changes(at), NO_FILTER, finish)


def _ifs_changes(at: ErpUnderTest) -> tuple[Callable[[str, Decimal], None], Callable[[str], None]]:
    def change(number: str, amount: Decimal) -> None:
        at.sandbox.call("PATCH", f"/ifs/ledger/{number}", {"amount": str(amount)})

    def remove(number: str) -> None:
        at.sandbox.call("DELETE", f"/ifs/ledger/{number}")

    return change, remove


NO_FILTER: tuple[dict[str, Any], str] = {"ifs": {"unfilterable": ["VoucherDate"]}}, "VoucherDate"


def ifs_proposals(sandbox: Sandbox) -> LedgerUnderTest:
    return _ifs_invoices(proposal(sandbox))


def ifs_proposals_elsewhere(sandbox: Sandbox) -> LedgerUnderTest:
    return _ifs_invoices(proposal_elsewhere(sandbox))


def ifs_vouchers(sandbox: Sandbox) -> LedgerUnderTest:
    return _ifs_entries(voucher(sandbox))


def ifs_vouchers_elsewhere(sandbox: Sandbox) -> LedgerUnderTest:
    return _ifs_entries(voucher_elsewhere(sandbox))


IFS = [ifs_proposals, ifs_proposals_elsewhere, ifs_vouchers, ifs_vouchers_elsewhere]
#: A later ERP's ledgers join them.
LEDGERS = [m3_batches, m3_without_batches, m3_entries, m3_entries_listed, *IFS]
#: Those that show what is not posted yet, and those that a tenant may keep from being listed.
SHOWING_DRAFTS = [m3_batches, m3_entries]
CLOSABLE = [m3_batches, m3_without_batches, m3_entries, *IFS]
