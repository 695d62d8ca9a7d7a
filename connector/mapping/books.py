"""Whose books a record goes into: the company, its time zone and its accounts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from zoneinfo import ZoneInfo

from connector.domain.accounting import BillingEntity, LineItem
from connector.domain.bookkeeping import Account
from connector.domain.connections import MappingConfig
from connector.domain.documents import company_key
from connector.domain.reasons import Reason
from connector.domain.routes import CompanyRoute, RoutedBy
from connector.mapping.coding import ids_of, known_as, value_of
from connector.mapping.held import HeldError

Company = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Books:
    """The company in the ERP's own terms and order, and what goes by the company."""

    company: Company
    zone: ZoneInfo
    open_from: date | None
    accounts: Mapping[str, str]

    def account(self, name: Account, record_type: str) -> str:
        """The number of an account; a record that needs one that is not given is held."""
        if number := self.accounts.get(name):
            return number
        setting = f"mapping.offset_accounts.{name}"
        company = company_key(self.company)
        raise HeldError(
            Reason.OFFSET_ACCOUNT_MISSING,
            f"records of type {record_type} need the account {name} of company {company};"
            f" set {setting}, then retry",
            field=setting,
            value=company,
        )


def books_of(
    lines: Iterable[LineItem],
    config: MappingConfig,
    default: Mapping[str, str],
    entity: BillingEntity | None,
) -> Books:
    """The books of a record with these coded lines; the company's keys are those of `default`.

    With a route by a field every line says which, and all say the same, or the record is held.
    """
    route = config.company
    if route is None:
        zone = ZoneInfo(config.time_zone)
        return Books(tuple(default.items()), zone, config.open_from, config.offset_accounts)
    named = [_books(name, route, config, default) for name in _names(list(lines), route, entity)]
    if any(one != named[0] for one in named):
        raise _unknown(route, "the lines belong to different companies; split it in Brex")
    return named[0]


def zone_of(company: Company, config: MappingConfig) -> ZoneInfo:
    """The time zone of a company in the ERP's own terms."""
    route = config.company
    zones = route.time_zones if route else {}
    names = (name for name in zones if route and dict(route.values[name]) == dict(company))
    return ZoneInfo(next((zones[name] for name in names), config.time_zone))


def _names(
    lines: list[LineItem], route: CompanyRoute, entity: BillingEntity | None
) -> Iterable[str]:
    """The names in `[mapping.company.values]` that the record is routed to, one or more."""
    if not lines and route.payments:
        return [route.payments]
    if route.by is RoutedBy.BILLING_ENTITY:
        return [_name_of_entity(route, entity)]
    if not lines:
        raise _unknown(
            route, "a payment is not coded; name its company in mapping.company.payments"
        )
    return [_name_of_line(line, route) for line in lines]


def _name_of_line(line: LineItem, route: CompanyRoute) -> str:
    try:
        value = value_of(line, route.field)
    except HeldError as two:
        raise _unknown(route, two.hold.message, two.hold.value) from None
    if value is None:
        raise _unknown(route, f"line {line.id} has no value for {route.field}")
    name = known_as(value, {name: name for name in route.values})
    if name is None:
        message = f"line {line.id} belongs to no company that [mapping.company.values] names"
        raise _unknown(route, message, ids_of(value)[0])
    return name


def _name_of_entity(route: CompanyRoute, entity: BillingEntity | None) -> str:
    if entity is None:
        raise _unknown(route, "Brex names no expense for it, so that its company is not known")
    name = next((known for known in entity.ids if known in route.values), None)
    if name is None:
        message = "its billing entity is no company that [mapping.company.values] names"
        raise _unknown(route, message, entity.ids[0] if entity.ids else "")
    return name


def _books(
    name: str, route: CompanyRoute, config: MappingConfig, default: Mapping[str, str]
) -> Books:
    company = route.values[name]
    if default and set(company) != set(default):
        keys = ", ".join(default)
        raise _unknown(route, f"the company needs exactly {keys}; mend [mapping.company]")
    return Books(
        tuple((key, company[key]) for key in (default or company)),
        ZoneInfo(route.time_zones.get(name, config.time_zone)),
        route.open_from.get(name, config.open_from),
        {**config.offset_accounts, **route.offset_accounts.get(name, {})},
    )


def _unknown(route: CompanyRoute, message: str, value: str = "") -> HeldError:
    field = route.field if route.by is RoutedBy.FIELD else route.by.value
    return HeldError(Reason.COMPANY_UNKNOWN, message, field=field, value=value)
