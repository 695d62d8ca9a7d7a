"""What IFS checks of a posting: its date, account, code parts, tax code and amount."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from typing import Any

from sandbox.ifs import masterdata
from sandbox.ifs.errors import refused, unknown
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.settings import IfsSettings

CODE_PARTS = tuple(f"Code{letter}" for letter in "BCDEFGHIJ")


def check_period(settings: IfsSettings, unit: str, day: date) -> None:
    """Raises where the period of the date is closed."""
    if settings.closed_until and day <= date.fromisoformat(settings.closed_until):
        text = f"Period {day.month} in year {day.year} is closed for user group AC."
        raise refused(unit, "PERIODCLOSED", text)


def check_currency(currency: str) -> None:
    """Raises where there is no such currency."""
    if currency not in masterdata.CURRENCIES:
        raise unknown("CurrencyCode", f"The Currency Code {currency} does not exist.")


def rounded(amount: Decimal, currency: str) -> Decimal:
    """The amount as IFS keeps it: in the decimals of its currency."""
    places = masterdata.CURRENCIES[currency][0]
    return amount.quantize(Decimal(1).scaleb(-places), ROUND_HALF_UP)


def check_coding(
    ifs: Ifs, settings: IfsSettings, unit: str, line: Mapping[str, Any], day: date
) -> None:
    """Raises where the account or one of the other code parts cannot be posted to on that day."""
    account = ifs.tables["accounts"].get((line["Company"], line["Account"]))
    if account is None:
        raise unknown("Account", f"The Account {line['Account']} does not exist.")
    if not account.values["ValidFrom"] <= day <= account.values["ValidUntil"]:
        raise refused(unit, "ACCNOTVALID", f"Account {line['Account']} is not valid on {day}.")
    demands = _demands(settings, line["Account"])
    for part in CODE_PARTS:
        _check_part(unit, part, line.get(part) or "", demands.get(part, "can"), line["Account"])
    tax = line.get("OptionalCode") or ""
    if tax and tax not in masterdata.TAX_CODES:
        raise unknown("StatutoryFee", f"The Tax Code {tax} does not exist.")


def _check_part(unit: str, part: str, value: str, demand: str, account: str) -> None:
    if demand == "mandatory" and not value:
        text = f"{part} must have a value for account {account}."
        raise refused(unit, "CODEPARTMANDATORY", text)
    if demand == "blocked" and value:
        raise refused(unit, "CODEPARTBLOCKED", f"{part} is blocked for account {account}.")
    if value and value not in masterdata.CODE_PARTS.get(part, ()):
        raise unknown("AccountingCodePartValue", f"{part} {value} does not exist.")


def _demands(settings: IfsSettings, account: str) -> dict[str, str]:
    """Code part = `mandatory` or `blocked`, from lines such as `7610 CodeC blocked`."""
    rules = (demand.split() for demand in settings.code_demands)
    return {part: demand for number, part, demand in rules if number == account}
