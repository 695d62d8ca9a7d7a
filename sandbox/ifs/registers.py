"""The registers that documents are coded with, and made-up ones more."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from fnmatch import fnmatchcase

from sandbox.ifs import masterdata
from sandbox.ifs.tables import Key, Table, Values

Tables = Mapping[str, Table]

#: Code part = what a company calls it. Code part A is the account; the others are not used.
CODE_NAMES = {"A": "Account", "B": "Cost center", "C": "Project"}
_UNUSED = "DEFGHIJ"
_FIRST_YEAR, _LAST_YEAR = 2020, 2035
_TAX_CODES = {"25": "VAT 25 %", "12": "VAT 12 %", "6": "VAT 6 %", "0": "No VAT"}
#: The column by which each register's rows are told in the control API.
KEYS = {"accounts": "Account", "code_part_values": "CodePartValue", "suppliers": "SupplierId"}


def fill(tables: Tables, company: str) -> None:
    """The registers of a company, as they stand at first."""
    tables["companies"].insert((company,), {"Company": company, "Name": f"Company {company}"})
    for part in (*CODE_NAMES, *_UNUSED):
        row = {
            "Company": company,
            "CodePart": part,
            "CodeName": CODE_NAMES.get(part, ""),
            "CodePartUsed": "Y" if part in CODE_NAMES else "N",
        }
        tables["code_parts"].insert((company, part), row)
    for part, values in masterdata.CODE_PARTS.items():
        for value in sorted(values):
            add_value(tables, company, part.removeprefix("Code"), value, f"{part} {value}")
    for currency in masterdata.CURRENCIES:
        row = {"Company": company, "CurrencyCode": currency, "Description": currency}
        tables["currencies"].insert((company, currency), row)
    for code, description in _TAX_CODES.items():
        row = {"Company": company, "FeeCode": code, "Description": description, **_valid()}
        tables["tax_codes"].insert((company, code), row)
    for year in range(_FIRST_YEAR, _LAST_YEAR + 1):
        for month in range(1, 13):
            row = {
                "Company": company,
                "AccountingYear": year,
                "AccountingPeriod": month,
                "Description": f"{year}-{month:02}",
                "DateFrom": date(year, month, 1),
                "DateUntil": date(year, month, monthrange(year, month)[1]),
            }
            tables["periods"].insert((company, year, month), row)


def add_value(tables: Tables, company: str, part: str, value: str, description: str) -> None:
    """Adds a value of a code part, or changes the one that is there."""
    row = {
        "Company": company,
        "CodePart": part,
        "CodePartValue": value,
        "Description": description,
        **_valid(),
    }
    put(tables["code_part_values"], (company, part, value), row)


def add_account(tables: Tables, company: str, account: str, description: str) -> None:
    """Adds an account, or changes the one that is there."""
    row = {"Company": company, "Account": account, "Description": description, **_valid()}
    put(tables["accounts"], (company, account), row)


def add_supplier(
    tables: Tables, supplier: str, name: str, association_no: str | None = None
) -> None:
    """Adds a supplier, or changes the one that is there."""
    row = {
        "SupplierId": supplier,
        "Name": name,
        "Country": "SE",
        "AssociationNo": association_no,
    }
    put(tables["suppliers"], (supplier,), row)


def shrink(table: Table, company: str, column: str, like: str) -> int:
    """Removes the rows whose value in a column fits a glob; how many."""
    gone = [
        row.key
        for row in table.everything()
        if row.values.get("Company", company) == company and fnmatchcase(row.values[column], like)
    ]
    for key in gone:
        table.delete(key)
    return len(gone)


def put(table: Table, key: Key, row: Values) -> None:
    """Inserts a row, or gives the one that is there these values."""
    if table.get(key) is None:
        table.insert(key, row)
    else:
        table.update(key, **row)


def _valid() -> dict[str, date]:
    return {"ValidFrom": masterdata.VALID_FROM, "ValidUntil": masterdata.VALID_UNTIL}
