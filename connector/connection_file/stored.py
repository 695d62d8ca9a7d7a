"""The form in which PostgreSQL keeps a connection's settings: one JSON object, without secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from connector.domain.connections import BrexConfig, CompanyRoute, MappingConfig


def to_json(
    brex: BrexConfig, mapping: MappingConfig, erp_config: Mapping[str, Any]
) -> dict[str, Any]:
    """A JSON object that `from_json` reads back equal, also after `jsonb` reordered its keys.

    Time spans are seconds; what has an order is a list of pairs.
    """
    return {
        "brex": dataclasses.asdict(brex) | {"poll_every": brex.poll_every.total_seconds()},
        "mapping": {
            "gl_account": mapping.gl_account,
            "time_zone": mapping.time_zone,
            "supplier_fallback": mapping.supplier_fallback,
            "dimensions": [list(pair) for pair in mapping.dimensions],
            "values": {name: dict(table) for name, table in mapping.values.items()},
            "suppliers": dict(mapping.suppliers),
            "company": mapping.company and _route_to_json(mapping.company),
            "types": dict(mapping.types),
            "offset_accounts": dict(mapping.offset_accounts),
        },
        "erp": dict(erp_config),
    }


def from_json(data: Mapping[str, Any]) -> tuple[BrexConfig, MappingConfig, dict[str, Any]]:
    """The settings of a `to_json` object.

    A setting that an older version did not store has its default; one that only a newer version
    knows is left out.
    """
    brex = _known(BrexConfig, data["brex"])
    if "poll_every" in brex:
        brex["poll_every"] = timedelta(seconds=float(brex["poll_every"]))
    mapping = _known(MappingConfig, data["mapping"])
    mapping["dimensions"] = tuple((name, value) for name, value in mapping.get("dimensions", ()))
    if mapping.get("company"):
        mapping["company"] = CompanyRoute(**_known(CompanyRoute, mapping["company"]))
    return BrexConfig(**brex), MappingConfig(**mapping), dict(data["erp"])


def _route_to_json(route: CompanyRoute) -> dict[str, Any]:
    values = {name: dict(company) for name, company in route.values.items()}
    return {"field": route.field, "values": values}


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: value for name, value in data.items() if name in names}
