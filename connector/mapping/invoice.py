"""The supplier invoice of a record."""

from __future__ import annotations

from decimal import Decimal
from typing import Protocol

from connector.domain.accounting import Vendor
from connector.domain.documents import SupplierInvoice
from connector.domain.reasons import Reason
from connector.mapping import text
from connector.mapping.frame import Frame
from connector.mapping.held import HeldError
from connector.mapping.vat import part_vat


class Suppliers(Protocol):
    """Knows the ERP's supplier of whoever is owed; None where nobody said which."""

    def supplier_of(self, vendor: Vendor | None) -> str | None:
        """The supplier of a merchant or vendor."""
        ...

    def supplier_of_employee(self, user_id: str | None) -> str | None:
        """The supplier that an employee is."""
        ...


def invoice_of(frame: Frame, suppliers: Suppliers, nth: int = 1) -> SupplierInvoice:
    """The invoice over the coded lines, with their VAT apart; credits make it a credit invoice."""
    parted = part_vat(frame.entry.lines, frame.config.vat)
    lines = [frame.coded(line) for line in parted.nets]
    lines += [frame.vat(vat, units) for vat, units in parted.vats]
    return SupplierInvoice(
        **frame.document(lines, nth),
        supplier=_creditor(frame, suppliers),
        total=sum((line.amount for line in lines), start=Decimal(0)),
        invoice_date=frame.days.invoiced,
        due_date=frame.days.due,
        their_number=text.clean(frame.record.invoice_number or ""),
    )


def _creditor(frame: Frame, suppliers: Suppliers) -> str:
    record = frame.record
    if frame.rule.owed_to_spender:
        supplier = suppliers.supplier_of_employee(record.user_id)
        who, field = "employee", "user"
        value = f"{record.user_id} {record.user_name or ''}" if record.user_id else ""
    else:
        supplier = suppliers.supplier_of(record.vendor)
        who, field = "merchant", "vendor"
        value = f"{record.vendor.id} {record.vendor.name}" if record.vendor else ""
    if supplier is None:
        message = f"the {who} has no supplier; add it to [mapping.suppliers], then retry"
        raise HeldError(Reason.SUPPLIER_UNKNOWN, message, field=field, value=text.clean(value))
    return supplier
