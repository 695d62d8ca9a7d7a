"""A document's head as M3 shows it: compared with ours, and what its status numbers mean.

Source of the numbers: Infor's own APS450/B panel in https://github.com/infor-cloud/m3-h5-sdk
(`form/parser.spec.ts`).
"""

from __future__ import annotations

from connector.domain.documents import Document, as_invoice
from connector.domain.ledger import ErpState
from connector.domain.posting import Phase
from connector.erp.infor import fields
from connector.erp.infor.invoices import optional_fields
from connector.erp.infor.lines import as_number
from connector.erp.infor.results import Row

#: What is read of a head. `GetHead` shows some eighty columns where it is asked for all.
COLUMNS = (
    *("SUPA", "BIST", "IBHE", "IBLE", "VONO", "VSER", "YEA4"),
    *("SINO", "SUNO", "CUCD", "CUAM", "VTAM", "CORI", "DNOI", "IVDT", "ACDT", "DUDT"),
)

#: SUPA, invoice status.
_STATUSES = {
    "10": (Phase.DRAFT, "New"),
    "15": (Phase.REFUSED, "Validated with errors"),
    "20": (Phase.VALIDATED, "Validated"),
    "30": (Phase.VALIDATED, "Printed"),
    "40": (Phase.VALIDATED, "Not approved"),
    "41": (Phase.VALIDATED, "Adjusted, not re-printed"),
    "42": (Phase.VALIDATED, "Adjusted and re-printed"),
    "43": (Phase.VALIDATED, "Adjusted"),
    "50": (Phase.VALIDATED, "Approved"),
    "78": (Phase.REFUSED, "Invoice matching recoding failed"),
    "79": (Phase.REFUSED, "Invoice matching failed"),
    "90": (Phase.LEDGER, "Updated in APL"),
}
#: A status that nobody has published is nobody's to commit: it is waited for, then a person looks.
_UNKNOWN_STATUS = (Phase.BUSY, "a status that is not known")

#: BIST, invoice progress; anything but blank and 0 means that a job or a person holds the invoice.
_JOBS = {
    "2": "Change in progress",
    "4": "Delete in progress",
    "5": "Update in progress",
    "6": "Printing in progress",
    "8": "Validation in progress",
    "9": "Update to APL in progress",
}
_FREE = frozenset({"", "0"})
_STATES = {
    Phase.DRAFT: ErpState.DRAFT,
    Phase.REFUSED: ErpState.REFUSED,
    Phase.VALIDATED: ErpState.VALIDATED,
    Phase.LEDGER: ErpState.POSTED,
}


def phase(head: Row) -> Phase:
    """How far the document has come."""
    if head.get("BIST", "") not in _FREE:
        return Phase.BUSY
    return _STATUSES.get(head.get("SUPA", ""), _UNKNOWN_STATUS)[0]


def state(head: Row) -> ErpState | None:
    """How the document stands, whoever holds it; None at a status that is not known."""
    return _STATES.get(_STATUSES.get(head.get("SUPA", ""), _UNKNOWN_STATUS)[0])


def detail(head: Row) -> str:
    """The document's status in M3's own words, with the error flags where they tell something.

    IBHE and IBLE are 1 where there is no error and 0 before validation; more is an error.
    """
    status = head.get("SUPA", "")
    parts = [f"SUPA {status} {_STATUSES.get(status, _UNKNOWN_STATUS)[1]}"]
    job = head.get("BIST", "")
    if job not in _FREE:
        parts.append(f"BIST {job} {_JOBS.get(job, 'in progress')}")
    for name, what in (("IBHE", "the head"), ("IBLE", "the lines")):
        flag = head.get(name, "")
        if flag not in {"", "0", "1"}:
            parts.append(f"{name} {flag}: errors in {what}, see APS450")
    return ", ".join(parts)


def voucher(head: Row) -> str:
    """`<series> <number>/<year>`, or "" while the document has none."""
    number = head.get("VONO", "").lstrip("0")
    if not number:
        return ""
    series = head.get("VSER", "")
    year = head.get("YEA4", "").lstrip("0")
    return f"{series} {number}".strip() + (f"/{year}" if year else "")


def differences(head: Row, document: Document, marker: str) -> tuple[str, ...]:
    """What the head shows differently from ours, a sentence each."""
    invoice = as_invoice(document)
    ours = {
        "SINO": (document.number, _text),
        "SUNO": (invoice.supplier, _text),
        "CUCD": (document.currency, _text),
        "CUAM": (fields.amount(invoice.total, document.currency), _number),
        "CORI": (marker, _text),
        "IVDT": (fields.day(invoice.invoice_date), _day),
        "ACDT": (fields.day(document.accounting_date), _day),
    }
    shown_too = {"VTAM": _number, "DUDT": _day}
    ours |= {
        name: (value, shown_too[name])
        for name, value in optional_fields(invoice).items()
        if name in head
    }
    if invoice.credits and head.get("DNOI"):
        ours["DNOI"] = (invoice.credits, _text)
    return tuple(
        f"{name} is {head.get(name, '')!r} and not {value!r}"
        for name, (value, form) in ours.items()
        if form(head.get(name, "")) != form(value)
    )


def _text(value: str) -> object:
    return fields.text(value)


def _number(value: str) -> object:
    number = as_number(value)
    return value if number is None else number


def _day(value: str) -> object:
    """`yyyyMMdd` from whatever separators the release puts in; 0 and blank are none."""
    digits = "".join(char for char in value if char.isdigit())
    return "" if digits.strip("0") == "" else digits
