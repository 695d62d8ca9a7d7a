"""`[mapping.company]` and `[mapping.vat]`: what chooses the company and the VAT of a record."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

from connector.connection_file import rules
from connector.connection_file.accounts import read_accounts
from connector.connection_file.section import Section, kind_of
from connector.domain.routes import CompanyRoute, RoutedBy, Vat, VatRoute


def read_company(section: Section) -> CompanyRoute | None:
    """The route to the company; None where all records go to the one of the ERP's section."""
    inner = section.section("company")
    if inner is None:
        return None
    by = inner.choice("by", RoutedBy.FIELD)
    is_by_field = by is RoutedBy.FIELD
    field = inner.text("field", example='"ENTITY"' if is_by_field else "")
    if field and not is_by_field:
        inner.fault("field", 'is not asked where by = "billing_entity"; take one of them out')
    values = inner.section("values", example='{ "ACME_SE" = { cono = 100, divi = "AAA" } }')
    companies = {} if values is None else _companies(values)
    route = CompanyRoute(
        field,
        companies,
        by,
        payments=_known(inner, "payments", inner.text("payments"), companies),
        time_zones=_zones(inner, companies),
        open_from=_open_from(inner, companies),
        offset_accounts=_accounts(inner, companies),
    )
    inner.close()
    return route


def read_vat(section: Section) -> VatRoute | None:
    """The route to the VAT; None where lines are posted as they are."""
    inner = section.section("vat")
    if inner is None:
        return None
    field = inner.text("field", example='"TAX_CODE"')
    values = inner.section("values", example='{ "SE25" = { code = "20", rate = "25" } }')
    inner.close()
    vats = {} if values is None else {name: _vat(values, name) for name in values.table}
    rates: dict[str, Vat] = {}
    for name, vat in vats.items():
        if values is not None and rates.setdefault(vat.code, vat) != vat:
            what = f"has another rate or account than the code {vat.code!r} has before it"
            values.fault(name, f"{what}; a code has one of each")
    return VatRoute(field, vats)


def _companies(values: Section) -> dict[str, dict[str, str]]:
    companies: dict[str, dict[str, str]] = {}
    for name in values.table:
        one = values.section(name)
        companies[name] = {} if one is None else {key: _part(one, key) for key in one.table}
    if not companies:
        values.fault("", "is empty; give a company for at least one value of the field")
    keys = sorted({key for company in companies.values() for key in company})
    for name, company in companies.items():
        missing = [key for key in keys if key not in company]
        if missing or not company:
            values.fault(name, f"lacks {', '.join(missing) or 'its company'}; give it a value")
    return companies


def _part(company: Section, key: str) -> str:
    """A part of a company's key; whole numbers may stand unquoted."""
    value = company.table[key]
    if isinstance(value, str):
        return company.text(key)
    if type(value) is int and value >= 0:
        return str(value)
    company.fault(key, f"is {kind_of(value)}; write a string or a whole number")
    return ""


def _zones(section: Section, companies: Collection[str]) -> dict[str, str]:
    inner = section.section("time_zones")
    if inner is None:
        return {}
    names = [_known(inner, name, name, companies) for name in inner.table]
    return {name: inner.text(name, rules.time_zone) for name in names if name}


def _open_from(section: Section, companies: Collection[str]) -> dict[str, date]:
    inner = section.section("open_from")
    if inner is None:
        return {}
    names = [_known(inner, name, name, companies) for name in inner.table]
    days = {name: inner.day(name) for name in names if name}
    return {name: day for name, day in days.items() if day}


def _accounts(section: Section, companies: Collection[str]) -> dict[str, dict[str, str]]:
    inner = section.section("offset_accounts")
    if inner is None:
        return {}
    names = [_known(inner, name, name, companies) for name in inner.table]
    return {name: read_accounts(inner, name) for name in names if name}


def _known(section: Section, key: str, name: str, companies: Collection[str]) -> str:
    """The name where it is one of `[mapping.company.values]`, else a fault and ""."""
    if not name or name in companies:
        return name
    mend = rules.did_you_mean(name, companies) or "name one that values has"
    section.fault(key, f"is no company of mapping.company.values; {mend}")
    return ""


def _vat(values: Section, name: str) -> Vat:
    one = values.section(name)
    if one is None:
        return Vat("", Decimal(0))
    code = one.text("code", example='"20"')
    rate = one.text("rate", rules.percentage, example='"25"')
    account = one.text("account")
    one.close()
    return Vat(code, Decimal(rate or 0), account)
