"""Posting proposals: what happens as one is made, changed or removed."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from sandbox.ifs import coding, masterdata
from sandbox.ifs.errors import exists, refused, unknown
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.settings import IfsSettings
from sandbox.ifs.tables import Row, Values

UNIT = "PostingProposalHead"
#: States in which a proposal may be changed.
_OPEN = frozenset({"NotBalanced", "Balanced"})


def create_head(ifs: Ifs, settings: IfsSettings, given: dict[str, Any]) -> Row:
    """A proposal without lines: it is not balanced, unless it is of nothing."""
    _check_supplier(ifs, given["Identity"], given["Company"])
    coding.check_currency(given["CurrencyCode"])
    given = {"SeriesId": "SI", "VoucherType": "I", "VoucherDate": given["InvoiceDate"], **given}
    coding.check_period(settings, UNIT, given["VoucherDate"])
    same = ("Company", "Identity", "SeriesId", "InvoiceNo")
    for other in ifs.tables["proposals"].by("InvoiceNo", given["InvoiceNo"]):
        if all(other.values[name] == given[name] for name in same):
            raise exists(UNIT, f"Invoice {given['InvoiceNo']} of the supplier already exists.")
    gross = coding.rounded(given["GrossCurrAmount"], given["CurrencyCode"])
    number = next(ifs.numbers["InvoiceId"])
    values = {**given, "InvoiceId": number, "GrossCurrAmount": gross, "VoucherNo": None}
    values |= {"Balance": gross, "Objstate": "NotBalanced" if gross else "Balanced"}
    return ifs.tables["proposals"].insert((given["Company"], number), values)


def create_line(ifs: Ifs, settings: IfsSettings, given: dict[str, Any]) -> Row:
    """A posting line; the head's balance and state follow."""
    head = _open_head(ifs, given)
    currency = head["CurrencyCode"]
    coding.check_coding(ifs, settings, UNIT, given, head["VoucherDate"])
    amount = coding.rounded(given["CurrencyAmount"], currency)
    number = 1 + max((row.key[3] for row in lines_of(ifs, head)), default=0)
    values = {
        **given,
        "ItemId": 1,
        "RowId": number,
        "CurrencyAmount": amount,
        "Amount": masterdata.company_amount(amount, currency),
    }
    row = ifs.tables["proposal_lines"].insert(
        (given["Company"], given["InvoiceId"], 1, number), values
    )
    _balance(ifs, head)
    return row


def update_head(ifs: Ifs, row: Row, changes: dict[str, Any]) -> Row:
    """Other values of the head, while it is open."""
    _open_head(ifs, row.values)
    changed = ifs.tables["proposals"].update(row.key, **changes)
    return _balance(ifs, changed.values)


def delete_head(ifs: Ifs, row: Row) -> None:
    """The proposal goes, with its lines."""
    head = _open_head(ifs, row.values)
    for line in lines_of(ifs, head):
        ifs.tables["proposal_lines"].delete(line.key)
    ifs.tables["proposals"].delete(row.key)


def delete_line(ifs: Ifs, row: Row) -> None:
    """A line goes; the head's balance and state follow."""
    head = _open_head(ifs, row.values)
    ifs.tables["proposal_lines"].delete(row.key)
    _balance(ifs, head)


def cancel(ifs: Ifs, row: Row) -> Row:
    """What the bound action does."""
    _open_head(ifs, row.values)
    return ifs.tables["proposals"].update(row.key, Objstate="Cancelled")


def lines_of(ifs: Ifs, head: Values) -> list[Row]:
    """The lines of a proposal."""
    rows = ifs.tables["proposal_lines"].by("InvoiceId", head["InvoiceId"])
    return [row for row in rows if row.values["Company"] == head["Company"]]


def _open_head(ifs: Ifs, given: Values) -> Values:
    row = ifs.tables["proposals"].get((given["Company"], given["InvoiceId"]))
    if row is None:
        raise unknown(UNIT, "The posting proposal does not exist.")
    if row.values["Objstate"] not in _OPEN:
        text = f"A posting proposal in status {row.values['Objstate']} cannot be changed."
        raise refused(UNIT, "NOTOPEN", text)
    return row.values


def _balance(ifs: Ifs, head: Values) -> Row:
    lines = (row.values["CurrencyAmount"] for row in lines_of(ifs, head))
    balance = head["GrossCurrAmount"] - sum(lines, Decimal(0))
    state = "NotBalanced" if balance else "Balanced"
    key = (head["Company"], head["InvoiceId"])
    return ifs.tables["proposals"].update(key, Balance=balance, Objstate=state)


def _check_supplier(ifs: Ifs, supplier: str, company: str) -> None:
    if ifs.tables["suppliers"].get((supplier,)) is None:
        raise unknown("SupplierInfoGeneral", f"The Supplier {supplier} does not exist.")
    if ifs.tables["supplier_companies"].get((supplier, company)) is None:
        text = f"Supplier {supplier} has no invoice data in company {company}."
        raise unknown("IdentityInvoiceInfo", text)
