"""Manual vouchers in the hold table, and the update that takes them to the general ledger."""

from __future__ import annotations

from decimal import Decimal
from functools import partial
from typing import Any

from sandbox.ifs import coding, masterdata
from sandbox.ifs.errors import refused, unknown
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.settings import IfsSettings
from sandbox.ifs.tables import Key, Row, Values

UNIT = "Voucher"


def create_voucher(ifs: Ifs, settings: IfsSettings, given: dict[str, Any]) -> Row:
    """A voucher without rows, with a number from the series of its type."""
    kind, group, day = given["VoucherType"], given["UserGroup"], given["VoucherDate"]
    if kind in masterdata.OTHER_VOUCHER_TYPES:
        raise refused(UNIT, "NOTMANUAL", f"Voucher type {kind} has not function group M.")
    if kind not in masterdata.MANUAL_VOUCHER_TYPES:
        raise unknown("VoucherType", f"The Voucher Type {kind} does not exist.")
    if group not in masterdata.USER_GROUPS:
        raise unknown("UserGroupFinance", f"The User Group {group} does not exist.")
    coding.check_period(settings, UNIT, day)
    key = (given["Company"], kind, day.year, next(ifs.numbers["VoucherNo"]))
    values = {**given, "AccountingYear": key[2], "AccountingPeriod": day.month, "VoucherNo": key[3]}
    return ifs.tables["vouchers"].insert(key, values)


def create_row(ifs: Ifs, settings: IfsSettings, given: dict[str, Any]) -> Row:
    """A row; debits and credits agree by the end of the transaction."""
    head = _head(ifs, given)
    coding.check_currency(given["CurrencyCode"])
    coding.check_coding(ifs, settings, UNIT, given, head.values["VoucherDate"])
    amount = coding.rounded(_signed(given), given["CurrencyCode"])
    number = 1 + max((row.key[4] for row in rows_of(ifs, head.key)), default=0)
    home = masterdata.company_amount(amount, given["CurrencyCode"])
    values = {
        **given,
        "RowNo": number,
        "VoucherDate": head.values["VoucherDate"],
        **_sides("CurrencyDebetAmount", "CurrencyCreditAmount", "CurrencyAmount", amount),
        **_sides("DebetAmount", "CreditAmount", "Amount", home),
        "TransCode": "MANUAL",
    }
    ifs.database.checks[head.key] = partial(_check_balance, ifs, head.key)
    ifs.tables["vouchers"].update(head.key)
    return ifs.tables["voucher_rows"].insert((*head.key, number), values)


def delete_voucher(ifs: Ifs, row: Row) -> None:
    """The voucher goes, with its rows."""
    for line in rows_of(ifs, row.key):
        ifs.tables["voucher_rows"].delete(line.key)
    ifs.tables["vouchers"].delete(row.key)


def delete_row(ifs: Ifs, row: Row) -> None:
    """A row goes; what is left has to balance."""
    ifs.tables["voucher_rows"].delete(row.key)
    ifs.database.checks[row.key[:4]] = partial(_check_balance, ifs, row.key[:4])


def update_ledger(ifs: Ifs, key: Key) -> None:
    """The GL update: the rows go to the general ledger, the hold table forgets them."""
    for row in rows_of(ifs, key):
        ifs.tables["gl_rows"].insert(row.key, row.values)
        ifs.tables["voucher_rows"].delete(row.key)
    ifs.tables["vouchers"].delete(key)


def rows_of(ifs: Ifs, key: Key) -> list[Row]:
    """The rows of a voucher in the hold table."""
    return [row for row in ifs.tables["voucher_rows"].by("VoucherNo", key[3]) if row.key[:4] == key]


def _head(ifs: Ifs, given: Values) -> Row:
    names = ("Company", "VoucherType", "AccountingYear", "VoucherNo")
    row = ifs.tables["vouchers"].get(tuple(given[name] for name in names))
    if row is None:
        raise unknown(UNIT, "The Voucher does not exist in the hold table.")
    return row


def _check_balance(ifs: Ifs, key: Key) -> None:
    amounts: dict[str, Decimal] = {}
    for row in rows_of(ifs, key):
        currency = row.values["CurrencyCode"]
        amounts[currency] = amounts.get(currency, Decimal(0)) + row.values["CurrencyAmount"]
    if any(amounts.values()):
        raise refused(UNIT, "NOTBALANCED", f"Voucher {key[3]} does not balance.")


def _signed(given: Values) -> Decimal:
    """The amount of a row, given signed or as debit or credit."""
    debit, credit = given.get("CurrencyDebetAmount"), given.get("CurrencyCreditAmount")
    if debit is not None and credit is not None and debit and credit:
        raise refused(UNIT, "BOTHSIDES", "A row has a debit or a credit amount, not both.")
    if debit is not None or credit is not None:
        return (debit or Decimal(0)) - (credit or Decimal(0))
    amount = given.get("CurrencyAmount")
    if amount is None:
        raise refused(UNIT, "NOAMOUNT", "A row needs an amount.")
    return Decimal(amount)


def _sides(debit: str, credit: str, both: str, amount: Decimal) -> dict[str, Decimal | None]:
    """An amount under its three names; a positive one is a debit."""
    return {
        debit: amount if amount >= 0 else None,
        credit: -amount if amount < 0 else None,
        both: amount,
    }
