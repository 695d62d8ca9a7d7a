"""The `[mapping]` section."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

from connector.connection_file import rules
from connector.connection_file.references import Given, UnusableError
from connector.connection_file.section import Section, kind_of
from connector.domain.connections import CompanyRoute, MappingConfig

#: What may become of a record type today.
POLICIES = ("invoice", "hold", "ignore")
#: Policies that the format knows and this version cannot carry out.
LATER_POLICIES = ("journal", "invoice_and_journal")
OFFSET_ACCOUNTS = ("card_liability", "ap_clearing", "reimbursements_payable", "cash")


def read_mapping(section: Section) -> MappingConfig:
    """The section, in which every field that is named is also used."""
    gl_account = section.text("gl_account", example='"GL_ACCOUNT"')
    dimensions = section.strings("dimensions")
    company = _route(section)
    _check_dimensions(section, gl_account, dimensions)
    fields = {gl_account, *dimensions.values()}
    config = MappingConfig(
        gl_account=gl_account,
        time_zone=section.text("time_zone", rules.time_zone, default="UTC"),
        supplier_fallback=section.text("supplier_fallback"),
        dimensions=tuple(dimensions.items()),
        values=_values(section, fields - {""}),
        suppliers=section.strings("suppliers"),
        company=company,
        types=_types(section),
        offset_accounts=_offset_accounts(section),
    )
    section.close()
    return config


def _check_dimensions(section: Section, gl_account: str, dimensions: Mapping[str, str]) -> None:
    spellings = Counter(name.casefold() for name in dimensions)
    uses = Counter(dimensions.values())
    for name, value in dimensions.items():
        key = f"dimensions.{name}"
        if spellings[name.casefold()] > 1:
            section.fault(key, "is mapped twice, in two spellings; keep one of them")
        if value and value == gl_account:
            section.fault(key, "is the field of mapping.gl_account; name another, or take it out")
        elif value and uses[value] > 1:
            section.fault(key, f"and another dimension have the field {value!r}; keep one of them")


def _values(section: Section, fields: set[str]) -> dict[str, dict[str, str]]:
    tables = section.section("values")
    if tables is None:
        return {}
    for name in tables.table:
        if name not in fields:
            mend = rules.did_you_mean(name, fields) or "name one that gl_account or dimensions has"
            tables.fault(name, f"is no field of this mapping; {mend}")
    return {name: tables.strings(name) for name in tables.table}


def _types(section: Section) -> dict[str, str]:
    policies = section.strings("types", _record_type)
    for name, policy in policies.items():
        if policy in LATER_POLICIES:
            mend = "this version posts invoices only; write invoice, hold or ignore"
            section.fault(f"types.{name}", f"is {policy!r}, which is not possible yet; {mend}")
        elif policy and policy not in POLICIES:
            mend = rules.did_you_mean(policy, POLICIES) or "write invoice, hold or ignore"
            section.fault(f"types.{name}", f"is {policy!r}; {mend}")
    return policies


def _record_type(given: Given) -> str:
    if not re.fullmatch(r"[A-Z][A-Z0-9_]*", given.value):
        raise UnusableError("is no accounting record type; write it like CARD_EXPENSE_POST")
    return given.value


def _offset_accounts(section: Section) -> dict[str, str]:
    inner = section.section("offset_accounts")
    if inner is None:
        return {}
    accounts = {name: inner.text(name) for name in OFFSET_ACCOUNTS}
    inner.close()
    return {name: account for name, account in accounts.items() if account}


def _route(section: Section) -> CompanyRoute | None:
    inner = section.section("company")
    if inner is None:
        return None
    field = inner.text("field", example='"ENTITY"')
    values = inner.section("values", example='{ "ACME_SE" = { cono = 100, divi = "AAA" } }')
    inner.close()
    return CompanyRoute(field, {} if values is None else _companies(values))


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
