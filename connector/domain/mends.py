"""Mends: the one rule of a mapping that held records wait for, and what a person puts there."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from connector.domain.bookkeeping import Policy, choices_of
from connector.domain.connections import ClosedPeriod, MappingConfig
from connector.domain.reasons import Reason

#: Instead of a rule: held records of a closed period go into the next open one, and no others.
THESE_ALONE = "these_alone"
_ACCOUNTS = "mapping.offset_accounts."


@dataclass(frozen=True, slots=True)
class Wanted:
    """What held records wait for, as the queue groups them."""

    reason: str
    field: str
    value: str


@dataclass(frozen=True, slots=True)
class Rule:
    """A setting of the mapping by its path; `choices` where it is not free text."""

    path: tuple[str, ...]
    choices: tuple[str, ...] = ()

    @property
    def setting(self) -> str:
        """The setting as faults and differences name it."""
        return ".".join(("mapping", *self.path))


def rule_for(wanted: Wanted, mapping: MappingConfig) -> Rule | None:
    """The rule that is missing; None where it takes more than one value, or another place."""
    field, value = wanted.field, wanted.value
    match wanted.reason:
        case Reason.VALUE_UNMAPPED:
            known = {mapping.gl_account, *(name for _, name in mapping.dimensions)}
            is_vat = mapping.vat is not None and mapping.vat.field == field
            is_one = bool(value) and " and " not in value
            return (
                Rule(("values", field, value)) if field in known and is_one and not is_vat else None
            )
        case Reason.OFFSET_ACCOUNT_MISSING if field.startswith(_ACCOUNTS):
            return Rule(("offset_accounts", field.removeprefix(_ACCOUNTS)))
        case Reason.SUPPLIER_UNKNOWN if field == "user" and value:
            return Rule(("suppliers", value.partition(" ")[0]))
        case Reason.TYPE_ON_HOLD if value:
            choices = tuple(one for one in choices_of(value) if one != Policy.HOLD)
            return Rule(("types", value), choices)
        case Reason.PERIOD_CLOSED:
            return Rule(("closed_period",), (ClosedPeriod.NEXT_OPEN_PERIOD.value,))
    return None


def put_before(mapping: MappingConfig, rule: Rule) -> str:
    """What stands there already; "" for nothing, and where it says that a person decides."""
    match rule.path:
        case ("values", name, key):
            there = mapping.values.get(name, {}).get(key, "")
        case ("closed_period",):
            there = mapping.closed_period.value
        case (name, key):
            there = getattr(mapping, name).get(key, "")
        case _:
            raise ValueError(rule.path)
    return "" if there == Policy.HOLD else there


def with_rule(mapping: MappingConfig, rule: Rule, put: str) -> MappingConfig:
    """The mapping with that rule; all else is as it was."""
    match rule.path:
        case ("values", name, key):
            table = {**mapping.values.get(name, {}), key: put}
            return replace(mapping, values={**mapping.values, name: table})
        case ("closed_period",):
            return replace(mapping, closed_period=ClosedPeriod(put))
        case (name, key):
            before: Mapping[str, str] = getattr(mapping, name)
            changed: dict[str, Any] = {name: {**before, key: put}}
            return replace(mapping, **changed)
    raise ValueError(rule.path)
