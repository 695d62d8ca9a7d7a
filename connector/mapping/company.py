"""Which legal entity in the ERP a document belongs to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from connector.domain.accounting import LineItem
from connector.domain.connections import CompanyRoute
from connector.domain.reasons import Hold, Reason
from connector.mapping.coding import value_of

Company = tuple[tuple[str, str], ...]


def company_of(
    lines: Iterable[LineItem], route: CompanyRoute | None, default: Mapping[str, str]
) -> Company | Hold:
    """The company of a document in the order of the ERP's own keys, those of `default`.

    With a route, every line says which; they all say the same, or the record is held.
    """
    if route is None:
        return tuple(default.items())
    routed = [_routed(line, route) for line in lines]
    hold = next((company for company in routed if isinstance(company, Hold)), None)
    if hold is not None:
        return hold
    companies = [company for company in routed if not isinstance(company, Hold)]
    first = companies[0]
    if any(company != first for company in companies):
        return _unknown(route, "the lines belong to different companies; split it in Brex", "")
    if default and set(first) != set(default):
        keys = ", ".join(default)
        return _unknown(route, f"the company needs exactly {keys}; mend [mapping.company]", "")
    return tuple((key, first[key]) for key in (default or first))


def _routed(line: LineItem, route: CompanyRoute) -> Mapping[str, str] | Hold:
    value = value_of(line, route.field)
    if isinstance(value, Hold):
        return _unknown(route, value.message, value.value)
    if value is None:
        return _unknown(route, f"line {line.id} has no value for {route.field}", "")
    ids = [known for known in (value.remote_field_value_id, value.brex_field_value_id) if known]
    for known in ids:
        if known.strip() in route.values:
            return route.values[known.strip()]
    message = f"line {line.id} belongs to no company that [mapping.company.values] names"
    return _unknown(route, message, ids[0])


def _unknown(route: CompanyRoute, message: str, value: str) -> Hold:
    return Hold(Reason.COMPANY_UNKNOWN, message, field=route.field, value=value)
