"""Our document in the fields of `APS450MI`.

Source: Infor's recipe for pre-accounted invoices
(https://docs.infor.com/m3udi/16.x/en-us/m3beud/finaccths/evm1567537783810.html), and the contract
of `AddHead` and `AddLine` in a real CE tenant.
"""

from __future__ import annotations

from decimal import Decimal

from connector.domain.documents import Document, DocumentLine, SupplierInvoice, as_invoice
from connector.domain.numbers import draft_marker
from connector.domain.reasons import Hold, Reason
from connector.erp.infor import fields
from connector.erp.infor.invoices import optional_fields, unbalanced, vat_fields
from connector.erp.infor.lines import ACCOUNTING_LINE
from connector.erp.infor.m3api import Company
from connector.erp.infor.probe import DIMENSIONS, Release

PROGRAM = "APS450MI"

#: What every head says, whatever the document.
_CONSTANT = {
    "IBTP": "20",  # supplier invoice
    "IMCD": "0",  # no matching against purchase orders
    "TXIN": "0",  # lines are net
}
#: Fields that a head can do without where the release lacks them.
_OPTIONAL = frozenset({"CRTP", "TXIN", "PPYR", "SDA1", "SDA2", "SDA3", "DNOI", "OYEA"})
_TEXT_LINES = ("SDA1", "SDA2", "SDA3")
_TEXT_LINE_LENGTH = 60
#: PPYR, the reference number, carries Brex's id where it fits; nothing depends on it.
_REFERENCE_LENGTH = 45


def head(
    document: SupplierInvoice, marker: str, payee: str, company: Company, rate_type: str
) -> dict[str, str]:
    """The input of `AddHead`: amounts are gross, and negative where it is a credit invoice.

    Raises ValueError where the amount has more decimals than its currency.
    """
    record = {
        "SUNO": fields.text(document.supplier),
        "SPYN": payee,
        "SINO": document.number,
        **company.division,
        "IVDT": fields.day(document.invoice_date),
        "ACDT": fields.day(document.accounting_date),
        "CUCD": document.currency,
        "CUAM": fields.amount(document.total, document.currency),
        "CORI": marker,
        "CRTP": rate_type,
        **_CONSTANT,
        **optional_fields(document),
        **_texts(document.text, document.their_number),
    }
    if document.credits:
        record["DNOI"] = document.credits
    if len(document.record_id) <= _REFERENCE_LENGTH:
        record["PPYR"] = document.record_id
    return record


def line(document: Document, number: int, inbn: str, company: Company) -> dict[str, str]:
    """The input of `AddLine`, with the dimensions under our own names."""
    ours = _line(document, number)
    if ours.vat_code:
        return {"INBN": inbn, **company.division, **vat_fields(ours, document.currency)}
    return {
        "INBN": inbn,
        "RDTP": ACCOUNTING_LINE,
        **company.division,
        "NLAM": fields.amount(ours.amount, document.currency),
        **{name: fields.text(value) for name, value in ours.dimensions if fields.text(value)},
        "VTXT": fields.text(ours.text),
    }


def head_for(release: Release, record: dict[str, str]) -> dict[str, str]:
    """The head without those optional fields that the release lacks."""
    return {
        name: value
        for name, value in record.items()
        if name not in _OPTIONAL or name in release.head_fields
    }


def line_for(release: Release, record: dict[str, str]) -> dict[str, str]:
    """The line with the dimensions under the release's names, and its text where it takes one."""
    names = release.dimension_fields
    return {
        names.get(name, name): value
        for name, value in record.items()
        if name != "VTXT" or name in release.line_fields
    }


def check(document: Document, release: Release | None, rate_type: str) -> Hold | None:
    """Why `APS450MI` cannot take the document; `release` is None while it is not known."""
    company = Company.of(document)
    used = tuple(dict.fromkeys(name for one in document.lines for name, _ in one.dimensions))
    lacking = [name for name in used if name not in DIMENSIONS]
    if release is not None:
        lacking = list(release.lacks(used))
    if lacking:
        message = f"{PROGRAM}/AddLine of this M3 release has no field for {', '.join(lacking)}"
        return Hold(Reason.ERP_REFUSED, message, lacking[0])
    invoice = as_invoice(document)
    amounts = [invoice.total, *(one.amount for one in document.lines)]
    try:
        marker = draft_marker(document.number, 1)
        records = [("AddHead", head(invoice, marker, "", company, rate_type))]
        records += [("AddLine", line(document, one.number, "", company)) for one in document.lines]
    except ValueError as error:
        return Hold(Reason.UNBALANCED, str(error), "amount", _first_odd(amounts))
    for name, record in records:
        sent = record if release is None or name == "AddHead" else line_for(release, record)
        given = {field: value for field, value in sent.items() if field != "INBN"}
        if (hold := fields.fault(PROGRAM, name, given)) is not None:
            return hold
    return unbalanced(invoice)


def void_number(inbn: str, marker: str) -> str:
    """The number of a draft that was given up and cannot be deleted: `VOID-<INBN>-<draft>`."""
    return f"VOID-{inbn}-{marker.rpartition('.')[2]}"


def _line(document: Document, number: int) -> DocumentLine:
    return next(one for one in document.lines if one.number == number)


def _texts(text: str, their_number: str) -> dict[str, str]:
    """The supplier's own number and the text over three lines.

    What is left over stays on the last, which then is too long.
    """
    rest = fields.text(text)
    lines = [fields.text(their_number)] if their_number else []
    while len(lines) < len(_TEXT_LINES) - 1:
        lines.append(rest[:_TEXT_LINE_LENGTH])
        rest = rest[_TEXT_LINE_LENGTH:]
    lines.append(rest)
    return {name: value for name, value in zip(_TEXT_LINES, lines, strict=True) if value}


def _first_odd(amounts: list[Decimal]) -> str:
    return str(max(amounts, key=lambda amount: -int(amount.as_tuple().exponent)))
