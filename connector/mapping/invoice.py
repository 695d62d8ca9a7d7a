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
    """Knows the supplier of a merchant, vendor or employee."""

    def supplier_of(self, vendor: Vendor | None) -> str | None:
        """The ERP's supplier number; None where nobody said which."""
        ...


def invoice_of(frame: Frame, suppliers: Suppliers, nth: int = 1) -> SupplierInvoice:
    """The invoice over the coded lines, with their VAT apart; credits make it a credit invoice."""
    parted = part_vat(frame.entry().lines, frame.config.vat)
    lines = [frame.coded(line) for line in parted.nets]
    lines += [frame.vat(vat, units) for vat, units in parted.vats]
    creditor = _creditor(frame)
    supplier = suppliers.supplier_of(creditor)
    if supplier is None:
        raise HeldError(
            Reason.SUPPLIER_UNKNOWN,
            f"the {'employee' if frame.rule.owed_to_spender else 'merchant'} has no supplier;"
            " add it to [mapping.suppliers], then retry",
            field="user" if frame.rule.owed_to_spender else "vendor",
            value=text.clean(f"{creditor.id} {creditor.name}") if creditor else "",
        )
    return SupplierInvoice(
        **frame.document(lines, nth),
        supplier=supplier,
        total=sum((line.amount for line in lines), start=Decimal(0)),
        invoice_date=frame.days.invoiced,
        due_date=frame.days.due,
        their_number=text.clean(frame.record.invoice_number or ""),
    )


def _creditor(frame: Frame) -> Vendor | None:
    record = frame.record
    if not frame.rule.owed_to_spender:
        return record.vendor
    return Vendor(record.user_id, record.user_name or "") if record.user_id else None
