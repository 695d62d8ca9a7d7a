"""The supplier invoice of a record."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from connector.domain.accounting import AccountingRecord, Vendor
from connector.domain.documents import SupplierInvoice
from connector.domain.reasons import Reason
from connector.domain.suppliers import Match, SupplierCandidate
from connector.mapping import text
from connector.mapping.frame import Frame
from connector.mapping.held import HeldError
from connector.mapping.vat import part_vat


class Suppliers(Protocol):
    """Knows the ERP's supplier of whoever is owed; None where nobody said which."""

    def has(self, vendor: Vendor) -> bool:
        """Whether the supplier of a merchant or vendor is given, so that it is not looked for."""
        ...

    def supplier_of(self, vendor: Vendor | None, matched: str | None = None) -> str | None:
        """The supplier of a merchant or vendor; `matched` is the one that was found for it."""
        ...

    def supplier_of_employee(self, user_id: str | None) -> str | None:
        """The supplier that an employee is."""
        ...


def invoice_of(
    frame: Frame, suppliers: Suppliers, match: Match | None = None, nth: int = 1
) -> SupplierInvoice:
    """The invoice over the coded lines, with their VAT apart; credits make it a credit invoice."""
    parted = part_vat(frame.entry.lines, frame.config.vat)
    lines = [frame.coded(line) for line in parted.nets]
    lines += [frame.vat(vat, units) for vat, units in parted.vats]
    return SupplierInvoice(
        **frame.document(lines, nth),
        supplier=_creditor(frame, suppliers, match),
        total=sum((line.amount for line in lines), start=Decimal(0)),
        invoice_date=frame.days.invoiced,
        due_date=frame.days.due,
        their_number=text.clean(frame.record.invoice_number or ""),
    )


def _creditor(frame: Frame, suppliers: Suppliers, match: Match | None) -> str:
    record = frame.record
    if frame.rule.owed_to_spender:
        supplier = suppliers.supplier_of_employee(record.user_id)
        if supplier is None:
            raise _unknown_employee(record)
        return supplier
    if match and match.blocked and record.vendor and not suppliers.has(record.vendor):
        raise _blocked(match.blocked, record.vendor)
    supplier = suppliers.supplier_of(record.vendor, match.supplier if match else None)
    if supplier is None:
        raise _unknown_merchant(record.vendor, match.candidates if match else ())
    return supplier


def _unknown_employee(record: AccountingRecord) -> HeldError:
    return HeldError(
        Reason.SUPPLIER_UNKNOWN,
        "the employee has no supplier; add it to [mapping.suppliers], then retry",
        field="user",
        value=text.clean(f"{record.user_id} {record.user_name or ''}") if record.user_id else "",
    )


def _unknown_merchant(vendor: Vendor | None, candidates: Iterable[SupplierCandidate]) -> HeldError:
    if vendor is None:
        return HeldError(
            Reason.SUPPLIER_UNKNOWN,
            "the record names no merchant, and the mapping no supplier_fallback",
            field="vendor",
        )
    return HeldError(
        Reason.SUPPLIER_UNKNOWN,
        "the merchant has no supplier: pick it, then what waits for it goes on",
        field="vendor",
        value=text.clean(f"{vendor.id} {vendor.name}"),
        candidates=candidates,
    )


def _blocked(supplier: str, vendor: Vendor) -> HeldError:
    return HeldError(
        Reason.SUPPLIER_REFUSED,
        f"the ERP has blocked or removed {supplier}, which was confirmed for the merchant; open it"
        " there and retry, or pick another for the merchant",
        field="vendor",
        value=text.clean(f"{vendor.id} {vendor.name}"),
    )
