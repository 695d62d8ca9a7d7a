"""`Process.SupplierInvoice`: our invoice as a business object document.

Which elements M3 reads is a matter of the tenant's mapping. What the document has no element for
(the accounting date, dimensions beside the account) stands in user areas, under M3's field names.
Source: Infor's registry tree of the noun; https://docs.infor.com/ion/2022.x/en-us/ioncedg_cloud_osm/
`isc1444649497442.html` (Process and Acknowledge).
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from functools import cache
from importlib.resources import files

from connector.domain.documents import Document, DocumentLine, SupplierInvoice
from connector.domain.money import plain
from connector.erp import xml
from connector.erp.infor import fields
from connector.erp.infor.m3api import Company

NAME = "Process.SupplierInvoice"
NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
ACCOUNT = "AIT1"
_MAKE = xml.maker(NAMESPACE)
_UNIT = {"unitCode": "EA"}


class BodError(ValueError):
    """The document cannot be written as a BOD."""


def entity(company: Company) -> str:
    """The accounting entity: `100_AAA`."""
    return f"{company.cono}_{company.divi}"


def document_id(document: Document, tenant: str) -> str:
    """The document's id in ION, which ids of its drafts begin with."""
    return f"infor-nid:{tenant}:{entity(Company.of(document))}::{document.number}"


def bod_id(document: Document, marker: str, tenant: str) -> str:
    """The id of one draft: the document's, with the draft as its revision."""
    draft = marker.rpartition(".")[2]
    return f"{document_id(document, tenant)}:{draft}?SupplierInvoice&verb=Process"


def build(
    document: SupplierInvoice, marker: str, *, tenant: str, sender: str, now: datetime
) -> bytes:
    """The document in UTF-8, checked against our schema of it. Raises BodError."""
    make = _MAKE
    try:
        root = make.ProcessSupplierInvoice(
            make.ApplicationArea(
                make.Sender(
                    make.LogicalID(sender),
                    make.ComponentID("External"),
                    make.ConfirmationCode("OnError"),
                ),
                make.CreationDateTime(now.strftime("%Y-%m-%dT%H:%M:%SZ")),
                make.BODID(bod_id(document, marker, tenant)),
            ),
            make.DataArea(
                make.Process(
                    make.TenantID(tenant),
                    make.AccountingEntityID(entity(Company.of(document))),
                    make.LocationID(),
                    make.ActionCriteria(make.ActionExpression(actionCode="Add")),
                ),
                make.SupplierInvoice(
                    _header(document, marker),
                    *(_line(one, document.currency) for one in document.lines if not one.vat_code),
                ),
            ),
            releaseID="9.2",
        )
    except ValueError as error:
        raise BodError(f"it cannot be written as XML: {error}") from None
    written = xml.write(root)
    check(written)
    return written


def check(written: bytes) -> None:
    """Raises BodError where a document is not what our schema says."""
    if fault := _schema().fault(xml.parse(written)):
        raise BodError(f"it is no sound {NAME}: {fault}")


def _header(document: SupplierInvoice, marker: str) -> xml.Element:
    make, currency = _MAKE, document.currency
    company = entity(Company.of(document))
    net = sum((one.amount for one in document.lines if not one.vat_code), Decimal(0))
    notes = (document.text, document.their_number, document.record_id)
    return make.SupplierInvoiceHeader(
        make.DocumentID(make.ID(document.number, accountingEntity=company)),
        make.AlternateDocumentID(make.ID(marker, schemeName="CorrelationID")),
        make.DocumentDateTime(_noon(document.invoice_date)),
        *(make.Note(fields.text(note)) for note in notes if fields.text(note)),
        *_credited(document),
        make.Status(make.Code("Open")),
        _amount("TotalAmount", document.total, currency),
        _amount("ExtendedAmount", net, currency),
        make.SupplierParty(make.PartyIDs(make.ID(fields.text(document.supplier)))),
        *_due(document),
        *(
            make.Tax(make.ID(one.vat_code), _amount("Amount", one.amount, currency))
            for one in document.lines
            if one.vat_code
        ),
        _user_area([("ACDT", fields.day(document.accounting_date))]),
    )


def _line(line: DocumentLine, currency: str) -> xml.Element:
    make = _MAKE
    dimensions = {name: fields.text(value) for name, value in line.dimensions if fields.text(value)}
    account = dimensions.pop(ACCOUNT, "")
    return make.SupplierInvoiceLine(
        make.LineNumber(str(line.number)),
        *([make.Description(fields.text(line.text))] if fields.text(line.text) else []),
        make.Quantity("1", _UNIT),
        make.UnitPrice(_amount("Amount", line.amount, currency), make.PerQuantity("1", _UNIT)),
        _amount("ExtendedAmount", line.amount, currency),
        make.Distribution(
            _amount("Amount", line.amount, currency),
            make.GLAccount(make.GLNominalAccount(account)),
        ),
        *([_user_area(dimensions.items())] if dimensions else []),
    )


def _credited(document: SupplierInvoice) -> list[xml.Element]:
    if not document.credits:
        return []
    number = _MAKE.DocumentID(_MAKE.ID(document.credits))
    return [_MAKE.DocumentReference(number, type="INVOICE")]


def _due(document: SupplierInvoice) -> list[xml.Element]:
    if document.due_date is None:
        return []
    return [_MAKE.PaymentTerm(_MAKE.Term(_MAKE.DueDateTime(_noon(document.due_date))))]


def _user_area(values: Iterable[tuple[str, str]]) -> xml.Element:
    make = _MAKE
    return make.UserArea(
        *(
            make.Property(make.NameValue(value, name=name, type="StringType"))
            for name, value in values
        )
    )


def _amount(name: str, value: Decimal, currency: str) -> xml.Element:
    return _MAKE(name, plain(value, currency), currencyID=currency)


def _noon(day: date) -> str:
    """The day in all zones but those beyond the date line: a mapping may convert it to its own."""
    return f"{day.isoformat()}T12:00:00Z"


@cache
def _schema() -> xml.Schema:
    return xml.Schema((files(__package__) / "process_supplier_invoice.xsd").read_bytes())
