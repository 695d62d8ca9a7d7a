"""Our entry in the fields of `GLS840MI`, and in a form in which it can be compared.

Source: contracts of a real CE tenant; https://docs.infor.com/m3udi/16.x/en-us/m3beud/finaccths/
`gls842.html` (batches of the voucher interface). A batch is of one interface of GLS850 with usage
type 2 (by field), and its lines are of one group, so that they become one voucher.
"""

from __future__ import annotations

from decimal import Decimal

from connector.domain.documents import Document, DocumentLine, GlEntry
from connector.domain.numbers import draft_marker
from connector.domain.reasons import Hold, Reason
from connector.domain.texts import cut
from connector.erp.infor import fields
from connector.erp.infor.config import JournalConfig
from connector.erp.infor.lines import as_number, line_key, written_amount
from connector.erp.infor.m3api import Company
from connector.erp.infor.probe import DIMENSIONS
from connector.erp.infor.results import Row

PROGRAM = "GLS840MI"
ACCOUNT = "AIT1"
_GROUP = "1"
#: KEY1 has 15 characters: so many of the number, and two of the draft.
_KEY_OF_NUMBER = 13
_DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#: DESC and VTXT.
_TEXT_LENGTH = 40
_DEBIT, _CREDIT = "D", "C"


def key_prefix(number: str) -> str:
    """What the keys of all drafts of a document begin with: 65 bits of its number."""
    return number.removeprefix("BX")[:_KEY_OF_NUMBER]


def key(marker: str) -> str:
    """KEY1 of a draft: never two alike, and always the same for one."""
    number, _, draft = marker.rpartition(".")
    high, low = divmod(int(draft), len(_DIGITS))
    return key_prefix(number) + _DIGITS[high] + _DIGITS[low]


def head(document: Document, marker: str, interface: str, company: Company) -> dict[str, str]:
    """The input of `AddBatchHead`; DESC begins with the marker."""
    return {
        "CONO": str(company.cono),
        **company.division,
        "KEY1": key(marker),
        "INTN": interface,
        "DESC": _marked(marker, document.text),
    }


def line(
    document: Document, number: int, batch: str, journal: JournalConfig, company: Company
) -> dict[str, str]:
    """The input of `AddBatchLineFld`; debits are positive, and VTXT begins with the marker."""
    marker = draft_marker(document.number, int(batch[-2:], len(_DIGITS)))
    ours = next(one for one in document.lines if one.number == number)
    record = {
        "KEY1": batch,
        "LINE": str(number),
        "INRI": journal.record,
        **company.division,
        "GRNR": _GROUP,
        **{name: fields.text(value) for name, value in ours.dimensions if fields.text(value)},
        "CRTP": journal.rate_type,
        "CUCD": document.currency,
        "CUAM": fields.amount(ours.amount, document.currency),
        "ACDT": fields.day(document.accounting_date),
        "VTXT": _marked(marker, ours.text),
    }
    if ours.vat_code:
        record["VTCD"] = ours.vat_code
    if journal.info:
        record |= {"EXN1": journal.info, "EXI1": document.record_id}
    if journal.reversal_info and document.undoes:
        record |= {"EXN2": journal.reversal_info, "EXI2": document.undoes}
    return record


def with_code(record: dict[str, str]) -> dict[str, str]:
    """The line for a division that uses debit/credit codes: the amount without its sign."""
    amount = record["CUAM"]
    code = _CREDIT if amount.startswith("-") else _DEBIT
    return record | {"CUAM": amount.removeprefix("-"), "DBCR": code}


def check(document: Document, journal: JournalConfig) -> Hold | None:
    """Why `GLS840MI` cannot take the document."""
    company = Company.of(document)
    if not isinstance(document, GlEntry):
        return Hold(Reason.ERP_REFUSED, f"{PROGRAM} takes no {document.kind}", "kind")
    if not journal.interface:
        message = "entries of the general ledger need infor.journal_interface, of GLS850 in M3"
        return Hold(Reason.ERP_REFUSED, message, "infor.journal_interface")
    if not company.divi:
        message = "an entry of the general ledger belongs to a division; give a divi"
        return Hold(Reason.COMPANY_UNKNOWN, message, "company", document.company_key)
    return _lines_fault(document) or _fields_fault(document, journal, company)


def _lines_fault(document: GlEntry) -> Hold | None:
    for one in document.lines:
        names = dict(one.dimensions)
        if unknown := sorted(set(names) - set(DIMENSIONS)):
            message = f"{PROGRAM} has no field for {', '.join(unknown)}"
            return Hold(Reason.ERP_REFUSED, message, unknown[0])
        if not fields.text(names.get(ACCOUNT, "")):
            message = f"line {one.number} has no account; {PROGRAM} takes none without {ACCOUNT}"
            return Hold(Reason.ERP_REFUSED, message, ACCOUNT, one.vat_code)
    total = sum((one.amount for one in document.lines), Decimal(0))
    if total or not document.lines:
        message = f"the lines add up to {total} {document.currency} and not to zero"
        return Hold(Reason.UNBALANCED, message, "amount", str(total))
    return None


def _fields_fault(document: GlEntry, journal: JournalConfig, company: Company) -> Hold | None:
    marker = draft_marker(document.number, 1)
    try:
        batch = key(marker)
        lines = [line(document, one.number, batch, journal, company) for one in document.lines]
    except ValueError as error:
        return Hold(Reason.UNBALANCED, str(error), "amount")
    records = [("AddBatchHead", head(document, marker, journal.interface, company))]
    records += [("AddBatchLineFld", record) for record in lines]
    faults = (fields.fault(PROGRAM, name, record) for name, record in records)
    return next((hold for hold in faults if hold is not None), None)


def line_keys(document: Document) -> dict[int, str]:
    """The key of each line, by its number: amount and dimensions."""
    return {one.number: _key_of(one, document.currency) for one in document.lines}


def key_of_row(row: Row, currency: str) -> str:
    """The key of a line as a table or listing shows it."""
    shown = {name: row.get(name, "") for name in DIMENSIONS}
    return line_key("GL", written_amount(signed(row), currency), shown)


def marker_of(text: str) -> str:
    """The marker that a DESC or VTXT begins with."""
    return text.split(" ", 1)[0]


def _key_of(ours: DocumentLine, currency: str) -> str:
    values = {name: fields.text(value) for name, value in ours.dimensions}
    return line_key("GL", written_amount(str(ours.amount), currency), values)


def signed(row: Row) -> str:
    """CUAM with its sign; where there is a code, the amount may stand there without."""
    shown = row.get("CUAM", "")
    number = as_number(shown)
    if number is None or row.get("DBCR") != _CREDIT:
        return shown
    return str(-abs(number))


def _marked(marker: str, text: str) -> str:
    return cut(f"{marker} {fields.text(text)}".strip(), _TEXT_LENGTH)
