"""What an invoice has in either invoice program: VAT, its due date, and that it adds up."""

from __future__ import annotations

from decimal import Decimal

from connector.domain.documents import DocumentLine, SupplierInvoice
from connector.domain.reasons import Hold, Reason
from connector.erp.infor import fields
from connector.erp.infor.lines import VAT_CODE, VAT_LINE


def vat_of(document: SupplierInvoice) -> Decimal:
    """The VAT of all codes together."""
    return sum((line.amount for line in document.lines if line.vat_code), Decimal(0))


def optional_fields(document: SupplierInvoice) -> dict[str, str]:
    """The fields of a head that only some invoices have: VTAM and DUDT."""
    record = {}
    if any(line.vat_code for line in document.lines):
        record["VTAM"] = fields.amount(vat_of(document), document.currency)
    if document.due_date is not None:
        record["DUDT"] = fields.day(document.due_date)
    return record


def vat_fields(line: DocumentLine, currency: str) -> dict[str, str]:
    """A line of VAT: its type, its code, and the amount."""
    amount = fields.amount(line.amount, currency)
    return {"RDTP": VAT_LINE, VAT_CODE: line.vat_code, "VTA1": amount}


def unbalanced(document: SupplierInvoice) -> Hold | None:
    """Why M3 would not validate the invoice: gross is not net and VAT together."""
    total = sum((line.amount for line in document.lines), Decimal(0))
    if total == document.total:
        return None
    message = f"the lines and their VAT add up to {total}, and the invoice to {document.total}"
    return Hold(Reason.UNBALANCED, message, "amount", str(document.total))
