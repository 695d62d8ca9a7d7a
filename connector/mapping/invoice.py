"""A Brex accounting record becomes a supplier invoice, or a reason why it does not."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Protocol
from zoneinfo import ZoneInfo

from connector.domain.accounting import AccountingRecord, Vendor
from connector.domain.connections import MappingConfig
from connector.domain.documents import DocumentLine, Ignored, SupplierInvoice
from connector.domain.numbers import document_number
from connector.domain.reasons import Hold, Reason
from connector.errors import ConfigurationError
from connector.mapping import text
from connector.mapping.amounts import major_units
from connector.mapping.coding import dimensions_of
from connector.mapping.company import Company, company_of
from connector.mapping.policy import held_type, policy_of
from connector.mapping.sides import CodedLine, coded_lines


class Suppliers(Protocol):
    """Knows the supplier of a merchant."""

    def supplier_of(self, vendor: Vendor | None) -> str | None:
        """The ERP's supplier number; None where nobody said which."""
        ...


def map_record(
    record: AccountingRecord,
    config: MappingConfig,
    *,
    company: Mapping[str, str],
    dimension_of_gl: str,
    suppliers: Suppliers,
) -> SupplierInvoice | Hold | Ignored:
    """The document of a record: the same record and configuration give an equal document.

    `company` is the ERP's default company, its keys in the ERP's order; `dimension_of_gl` the
    dimension that the GL account goes to (M3: AIT1). Raises ConfigurationError where a further
    dimension has that name too.
    """
    if dimension_of_gl in dict(config.dimensions):
        what = "is the dimension of the GL account; take it out of mapping.dimensions"
        raise ConfigurationError("mapping", [f"mapping.dimensions.{dimension_of_gl} {what}"])
    policy = policy_of(record.type, config.types)
    if policy == "ignore":
        return Ignored(f"records of type {record.type} are ignored by mapping.types")
    if policy != "invoice":
        return held_type(record.type)
    coded = coded_lines(record)
    if isinstance(coded, Hold):
        return coded
    lines = _lines(record, coded, config, dimension_of_gl)
    if isinstance(lines, Hold):
        return lines
    legal_entity = company_of((line.item for line in coded), config.company, company)
    if isinstance(legal_entity, Hold):
        return legal_entity
    supplier = suppliers.supplier_of(record.vendor)
    if supplier is None:
        return _supplier_unknown(record.vendor)
    return _invoice(record, ZoneInfo(config.time_zone), legal_entity, supplier, lines)


def _lines(
    record: AccountingRecord, coded: tuple[CodedLine, ...], config: MappingConfig, gl: str
) -> tuple[DocumentLine, ...] | Hold:
    lines: list[DocumentLine] = []
    for number, line in enumerate(coded, start=1):
        dimensions = dimensions_of(line.item, config, gl)
        if isinstance(dimensions, Hold):
            return dimensions
        amount = major_units(line.units, record.amount.currency)
        lines.append(DocumentLine(number, amount, dimensions, _line_text(record, line)))
    return tuple(lines)


def _line_text(record: AccountingRecord, line: CodedLine) -> str:
    merchant = record.vendor.name if record.vendor else ""
    texts = (text.clean(part or "") for part in (line.item.memo, record.memo, merchant))
    return text.cut(next((part for part in texts if part), ""), text.LINE_TEXT)


def _invoice(
    record: AccountingRecord,
    zone: ZoneInfo,
    company: Company,
    supplier: str,
    lines: tuple[DocumentLine, ...],
) -> SupplierInvoice | Hold:
    try:
        invoice_date = record.posted_at.astimezone(zone).date()
        accounting_date = record.erp_posting_date.astimezone(zone).date()
    except OverflowError:
        message = "a date at the end of the calendar; mend it in Brex"
        return Hold(Reason.RECORD_UNREADABLE, message, field="erp_posting_date")
    merchant = record.vendor.name if record.vendor else ""
    return SupplierInvoice(
        number=document_number(record.id),
        record_id=record.id,
        company=company,
        supplier=supplier,
        currency=record.amount.currency,
        total=sum((line.amount for line in lines), start=Decimal(0)),
        invoice_date=invoice_date,
        accounting_date=accounting_date,
        text=text.document_text(merchant, record.memo or "", record.user_name or ""),
        lines=lines,
    )


def _supplier_unknown(vendor: Vendor | None) -> Hold:
    return Hold(
        Reason.SUPPLIER_UNKNOWN,
        "the merchant has no supplier; add it to [mapping.suppliers], then retry",
        field="vendor",
        value=text.clean(f"{vendor.id} {vendor.name}") if vendor else "",
    )
