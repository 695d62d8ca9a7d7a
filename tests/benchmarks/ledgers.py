"""The simulated ERPs' ledgers, filled in bulk with what was posted long ago."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Protocol

from connector.domain.documents import SupplierInvoice
from tests.endtoend.erps import IFS, INFOR, Erp
from tests.sandbox_process import Sandbox

_PATIENCE_S = 600


class Ledger(Protocol):
    """One of them; `company` is where a connection of the tests posts to."""

    erp: Erp
    company: tuple[tuple[str, str], ...]

    def add_suppliers(self, sandbox: Sandbox, number: int) -> None:
        """So many that `supplier` names, and one more."""
        ...

    def supplier(self, nth: int) -> str:
        """The number of one of them."""
        ...

    def post(self, sandbox: Sandbox, invoices: Sequence[SupplierInvoice]) -> list[int]:
        """Have them posted; what the ERP numbers them by."""
        ...

    def hide(
        self, sandbox: Sandbox, invoices: Sequence[SupplierInvoice]
    ) -> Sequence[SupplierInvoice]:
        """Have them where the ERP does not show them to who asks; as our books have them."""
        ...


class ApLedger:
    """M3's, with a batch behind each invoice."""

    erp: Erp = INFOR
    company = (("cono", "100"), ("divi", "AAA"))

    def add_suppliers(self, sandbox: Sandbox, number: int) -> None:
        sandbox.call("POST", "/infor/registers", {"suppliers": number + 1})

    def supplier(self, nth: int) -> str:
        return f"9{nth:06}"

    def post(self, sandbox: Sandbox, invoices: Sequence[SupplierInvoice]) -> list[int]:
        heads = [
            {
                "SUNO": one.supplier,
                "SINO": one.number,
                "CUAM": f"{one.total:.2f}",
                "CUCD": one.currency,
                "IVDT": f"{one.invoice_date:%Y%m%d}",
                "ACDT": f"{one.accounting_date:%Y%m%d}",
                "batch": True,
            }
            for one in invoices
        ]
        path = "/infor/ledger/invoices"
        vouchers: list[int] = sandbox.call("POST", path, heads, timeout_s=_PATIENCE_S)["vouchers"]
        return vouchers

    def hide(
        self, sandbox: Sandbox, invoices: Sequence[SupplierInvoice]
    ) -> Sequence[SupplierInvoice]:
        any_of = "|".join(map(str, self.post(sandbox, invoices)))
        sandbox.fault(
            "rewrite",
            program="APS200MI",
            find=rf'("VONO":\s*"(?:{any_of})",\s*"CUCD":\s*"\w+",\s*"CUAM":\s*")[^"]*',
            replacement=r"\g<1>?",
        )
        return invoices


class Proposals:
    """IFS's posting proposals."""

    erp: Erp = IFS
    company = (("company", "10"),)

    def add_suppliers(self, sandbox: Sandbox, number: int) -> None:
        sandbox.call("POST", "/ifs/registers", {"suppliers": number + 1})

    def supplier(self, nth: int) -> str:
        return f"9{nth:06}"

    def post(self, sandbox: Sandbox, invoices: Sequence[SupplierInvoice]) -> list[int]:
        heads = [
            {
                "Identity": one.supplier,
                "InvoiceNo": one.number,
                "GrossCurrAmount": str(one.total),
                "CurrencyCode": one.currency,
                "InvoiceDate": one.invoice_date.isoformat(),
            }
            for one in invoices
        ]
        path = "/ifs/ledger/proposals"
        numbers: list[int] = sandbox.call("POST", path, heads, timeout_s=_PATIENCE_S)["numbers"]
        return numbers

    def hide(
        self, sandbox: Sandbox, invoices: Sequence[SupplierInvoice]
    ) -> Sequence[SupplierInvoice]:
        return [replace(one, company=(("company", "99"),)) for one in invoices]


LEDGERS: tuple[Ledger, ...] = (ApLedger(), Proposals())
