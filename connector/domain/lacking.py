"""Which accounts a mapping needs for its entries and does not have."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from connector.domain.bookkeeping import RULES, Account, Policy, policy_of
from connector.domain.connections import MappingConfig


@dataclass(frozen=True, slots=True)
class Lacking:
    """A setting of `[mapping]` that is missing; `what` continues a sentence with its key."""

    key: str
    what: str


def lacking_accounts(config: MappingConfig) -> list[Lacking]:
    """Every account that the policies of the types need, for every company, and nobody gives."""
    needed: dict[Account, list[str]] = {}
    for record_type, rule in RULES.items():
        for account in rule.accounts(policy_of(record_type, config.types)):
            needed.setdefault(account, []).append(record_type)
    found = [
        Lacking(key, f"is missing: {_entries(types)} it")
        for account, types in needed.items()
        for key in _places(account, config)
    ]
    return [*found, *_lacking_of_vat(config)]


def _places(account: Account, config: MappingConfig) -> Iterator[str]:
    """Where the account is to be given: once for all companies, or for each that lacks it."""
    if config.offset_accounts.get(account):
        return
    route = config.company
    names = list(route.values) if route else []
    lacking = [n for n in names if route and not route.offset_accounts.get(n, {}).get(account)]
    if lacking == names:
        yield f"offset_accounts.{account}"
    else:
        yield from (f"company.offset_accounts.{name}.{account}" for name in lacking)


def _lacking_of_vat(config: MappingConfig) -> Iterator[Lacking]:
    types = [
        record_type
        for record_type, rule in RULES.items()
        if rule.is_coded and policy_of(record_type, config.types) is Policy.JOURNAL
    ]
    if not types or config.vat is None:
        return
    for name, vat in config.vat.values.items():
        if vat.rate and not vat.account:
            yield Lacking(f"vat.values.{name}.account", f"is missing: {_entries(types)} it")


def _entries(types: list[str]) -> str:
    return f"the entries of {', '.join(types)} need"
