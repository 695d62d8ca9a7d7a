"""`Process.SupplierInvoice` as M3 takes it from ION: an invoice batch, and an answer.

Which elements M3 reads depends on a tenant's mapping; this is one such mapping. The BOD has no
element for an accounting date or for dimensions beside the account: those are user areas here.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from lxml import etree

NAMESPACE = "http://schema.infor.com/InforOAGIS/2"
_NS = {"o": NAMESPACE}


class UnreadableBodError(Exception):
    """Not a document that M3 could process: nobody is answered."""


@dataclass(frozen=True, slots=True)
class Invoice:
    """What is read of the document: the head and the lines of a batch."""

    company: str
    head: dict[str, str]
    lines: tuple[dict[str, str], ...]
    #: `ApplicationArea`, to be given back.
    area: Any
    bod_id: str


def read(document: bytes) -> Invoice:
    """The invoice in a document; raises UnreadableBodError."""
    parser = etree.XMLParser(resolve_entities=False, no_network=True)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        raise UnreadableBodError(str(error)) from None
    if root.tag != f"{{{NAMESPACE}}}ProcessSupplierInvoice":
        raise UnreadableBodError(f"unexpected {root.tag!r}")
    header = root.find("o:DataArea/o:SupplierInvoice/o:SupplierInvoiceHeader", _NS)
    area = root.find("o:ApplicationArea", _NS)
    if header is None or area is None:
        raise UnreadableBodError("no header")
    total = header.find("o:TotalAmount", _NS)
    own = _user_area(header)
    head = {
        "SUNO": _text(header, "o:SupplierParty/o:PartyIDs/o:ID"),
        "SINO": _text(header, "o:DocumentID/o:ID"),
        "CORI": _text(header, "o:AlternateDocumentID/o:ID"),
        "IVDT": _text(header, "o:DocumentDateTime")[:10].replace("-", ""),
        "DUDT": _text(header, "o:PaymentTerm/o:Term/o:DueDateTime")[:10].replace("-", ""),
        "CUAM": _text(header, "o:TotalAmount"),
        "CUCD": "" if total is None else total.get("currencyID", ""),
        "ACDT": own.get("ACDT", ""),
        "DNOI": _text(header, "o:DocumentReference/o:DocumentID/o:ID"),
        "IBTP": "20",
    }
    invoice = root.find("o:DataArea/o:SupplierInvoice", _NS)
    coded = [] if invoice is None else invoice.findall("o:SupplierInvoiceLine", _NS)
    lines = [_line(one) for one in coded]
    lines += [_tax(one) for one in header.findall("o:Tax", _NS)]
    vat = sum((Decimal(line.get("VTA1") or "0") for line in lines), Decimal(0))
    if any(line["RDTP"] == "3" for line in lines):
        head["VTAM"] = str(vat)
    return Invoice(
        _text(root, "o:DataArea/o:Process/o:AccountingEntityID"),
        {name: value for name, value in head.items() if value},
        tuple(lines),
        area,
        _text(root, "o:ApplicationArea/o:BODID"),
    )


def acknowledge(invoice: Invoice, action: str, reason: str = "") -> str:
    """`Acknowledge.SupplierInvoice`: accepted or rejected, with the original application area."""
    root = etree.Element("AcknowledgeSupplierInvoice", {"releaseID": "9.2"}, {None: NAMESPACE})
    area = etree.SubElement(root, "ApplicationArea")
    etree.SubElement(area, "BODID").text = f"{invoice.bod_id}&sequence=1"
    data = etree.SubElement(root, "DataArea")
    verb = etree.SubElement(data, "Acknowledge")
    original = etree.SubElement(verb, "OriginalApplicationArea")
    for child in invoice.area:
        original.append(_copied(child))
    criteria = etree.SubElement(verb, "ResponseCriteria")
    etree.SubElement(criteria, "ResponseExpression", {"actionCode": action})
    if reason:
        change = etree.SubElement(criteria, "ChangeStatus")
        etree.SubElement(change, "ReasonCode").text = "ERROR"
        etree.SubElement(change, "Reason").text = reason
    header = etree.SubElement(etree.SubElement(data, "SupplierInvoice"), "SupplierInvoiceHeader")
    etree.SubElement(etree.SubElement(header, "DocumentID"), "ID").text = invoice.head.get("SINO")
    return etree.tostring(root, encoding="unicode")


def _line(element: Any) -> dict[str, str]:
    account = _text(element, "o:Distribution/o:GLAccount/o:GLNominalAccount")
    return {
        "RDTP": "8",
        "NLAM": _text(element, "o:Distribution/o:Amount"),
        "AIT1": account,
        **_user_area(element),
        "VTXT": _text(element, "o:Description"),
    }


def _tax(element: Any) -> dict[str, str]:
    return {"RDTP": "3", "VTCD": _text(element, "o:ID"), "VTA1": _text(element, "o:Amount")}


def _user_area(element: Any) -> dict[str, str]:
    found = element.findall("o:UserArea/o:Property/o:NameValue", _NS)
    return {one.get("name", ""): one.text or "" for one in found}


def _text(element: Any, path: str) -> str:
    return str(element.findtext(path, "", _NS) or "")


def _copied(element: Any) -> Any:
    return etree.fromstring(etree.tostring(element))
