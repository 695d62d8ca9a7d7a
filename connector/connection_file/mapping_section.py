"""The `[mapping]` section."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from connector.connection_file import rules
from connector.connection_file.accounts import check_accounts, read_accounts
from connector.connection_file.references import Given, UnusableError
from connector.connection_file.routes import read_company, read_vat
from connector.connection_file.section import Section
from connector.domain.bookkeeping import RULES, Policy, choices_of
from connector.domain.connections import ClosedPeriod, Currency, MappingConfig
from connector.domain.suppliers import SupplierMatching

_TYPE = re.compile(r"[A-Z][A-Z0-9_]*")


def read_mapping(section: Section) -> MappingConfig:
    """The section, in which every field that is named is also used."""
    gl_account = section.text("gl_account", example='"GL_ACCOUNT"')
    dimensions = section.strings("dimensions")
    _check_dimensions(section, gl_account, dimensions)
    fields = {gl_account, *dimensions.values()}
    fallback = section.text("supplier_fallback")
    config = MappingConfig(
        gl_account=gl_account,
        time_zone=section.text("time_zone", rules.time_zone, default="UTC"),
        supplier_fallback=fallback,
        dimensions=tuple(dimensions.items()),
        values=_values(section, fields - {""}),
        suppliers=section.strings("suppliers"),
        company=read_company(section),
        types=_types(section),
        offset_accounts=read_accounts(section, "offset_accounts"),
        currency=section.choice("currency", Currency.BILLING),
        closed_period=section.choice("closed_period", ClosedPeriod.HOLD),
        open_from=section.day("open_from"),
        vat=read_vat(section),
        supplier_matching=_matching(section),
    )
    check_accounts(section, config)
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


def _matching(section: Section) -> SupplierMatching:
    usual = SupplierMatching()
    inner = section.section("supplier_matching")
    if inner is None:
        return usual
    matching = SupplierMatching(
        enabled=inner.switch("enabled", default=usual.enabled),
        automatic=inner.integer("automatic", usual.automatic, low=70, high=101),
        margin=inner.integer("margin", usual.margin, low=0, high=50),
    )
    inner.close()
    return matching


def _types(section: Section) -> dict[str, str]:
    policies = section.strings("types", _record_type)
    for name, policy in policies.items():
        choices = choices_of(name)
        if not _TYPE.fullmatch(name) or not policy:
            continue
        if policy not in choices:
            section.fault(f"types.{name}", f"is {policy!r}; {_mend(name, policy, choices)}")
    return policies


def _mend(record_type: str, policy: str, choices: Sequence[str]) -> str:
    if policy in set(Policy):
        known = rules.did_you_mean(record_type, RULES)
        meant = f"{known} Else " if record_type not in RULES and known else ""
        return f"{meant}write {rules.either(choices)} for records of this type"
    return rules.did_you_mean(policy, choices) or f"write {rules.either(choices)}"


def _record_type(given: Given) -> str:
    if not _TYPE.fullmatch(given.value):
        raise UnusableError("is no accounting record type; write it like CARD_EXPENSE_POST")
    return given.value
