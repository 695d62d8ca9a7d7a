"""The form in which PostgreSQL keeps a connection's settings: one JSON object, without secrets."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from connector.domain.connections import BrexConfig, ClosedPeriod, Currency, MappingConfig
from connector.domain.desk import ConsoleConfig
from connector.domain.limits import Mode, PostingConfig
from connector.domain.pulls import PullSettings
from connector.domain.routes import CompanyRoute, RoutedBy, Vat, VatRoute
from connector.domain.suppliers import SupplierMatching
from connector.domain.sync import SyncConfig, Target


def to_json(
    brex: BrexConfig,
    mapping: MappingConfig,
    erp_config: Mapping[str, Any],
    posting: PostingConfig | None = None,
    console: ConsoleConfig | None = None,
    *,
    sync: SyncConfig | None = None,
) -> dict[str, Any]:
    """A JSON object that `from_json` reads back equal, also after `jsonb` reordered its keys.

    Time spans are seconds; what has an order is a list of pairs.
    """
    return {
        "brex": _brex_to_json(brex),
        "mapping": mapping_to_json(mapping),
        "erp": dict(erp_config),
        **_posting_to_json(posting or PostingConfig()),
        **_console_to_json(console or ConsoleConfig()),
        **_sync_to_json(sync or SyncConfig()),
    }


def _brex_to_json(brex: BrexConfig) -> dict[str, Any]:
    """Without pulls where there are none, as before there were any."""
    plain = dataclasses.asdict(brex) | {"poll_every": brex.poll_every.total_seconds()}
    del plain["transactions"]
    if brex.transactions is None:
        return plain
    spans = dataclasses.asdict(brex.transactions).items()
    return plain | {"transactions": {name: span.total_seconds() for name, span in spans}}


def _console_to_json(console: ConsoleConfig) -> dict[str, Any]:
    above = console.four_eyes_above
    said = {
        "erp_link": console.erp_link,
        "brex_link": console.brex_link,
        "four_eyes_above": None if above is None else str(above),
    }
    return {"console": said} if any(said.values()) else {}


def console_from_json(data: Mapping[str, Any]) -> ConsoleConfig:
    """What the console shows and demands of a connection, of a `to_json` object."""
    said = _known(ConsoleConfig, data.get("console", {}))
    above = said.pop("four_eyes_above", None)
    return ConsoleConfig(**said, four_eyes_above=None if above is None else Decimal(above))


def _posting_to_json(posting: PostingConfig) -> dict[str, Any]:
    """What is not as it was in version 0.1.0. `mode` is what PostgreSQL itself looks at."""
    limits = {
        "documents_per_day": posting.documents_per_day,
        "amount_per_day": None if posting.amount_per_day is None else str(posting.amount_per_day),
    }
    mode = {} if posting.mode is Mode.LIVE else {"mode": posting.mode.value}
    return mode | ({"limits": limits} if posting.is_limited else {})


def _sync_to_json(sync: SyncConfig) -> dict[str, Any]:
    """Nothing where everything has its default, as before there was such a section."""
    if sync == SyncConfig():
        return {}
    every = {target.value: span.total_seconds() for target, span in sync.every.items()}
    return {"sync": dataclasses.asdict(sync) | {"every": every}}


def sync_from_json(data: Mapping[str, Any]) -> SyncConfig:
    """What is read from the ERP and pushed into Brex, of a `to_json` object."""
    sync = _known(SyncConfig, data.get("sync", {}))
    every = {Target(name): timedelta(seconds=float(s)) for name, s in sync.pop("every", {}).items()}
    return SyncConfig(every=every, **sync)


def posting_from_json(data: Mapping[str, Any]) -> PostingConfig:
    """Whether and how much a connection posts, of a `to_json` object."""
    limits = data.get("limits", {})
    amount = limits.get("amount_per_day")
    return PostingConfig(
        Mode(data.get("mode", Mode.LIVE)),
        limits.get("documents_per_day"),
        None if amount is None else Decimal(amount),
    )


def mapping_to_json(mapping: MappingConfig) -> dict[str, Any]:
    """The mapping alone. What came after version 0.1.0 is left out where it has its default.

    So a file that says the same gives the same object, whichever version wrote it.
    """
    later = {
        "currency": (mapping.currency.value, Currency.BILLING),
        "closed_period": (mapping.closed_period.value, ClosedPeriod.HOLD),
        "open_from": (mapping.open_from and mapping.open_from.isoformat(), None),
        "vat": (mapping.vat and _vat_to_json(mapping.vat), None),
        "supplier_matching": (
            dataclasses.asdict(mapping.supplier_matching),
            dataclasses.asdict(SupplierMatching()),
        ),
    }
    return {
        "gl_account": mapping.gl_account,
        "time_zone": mapping.time_zone,
        "supplier_fallback": mapping.supplier_fallback,
        "dimensions": [list(pair) for pair in mapping.dimensions],
        "values": _tables(mapping.values),
        "suppliers": dict(mapping.suppliers),
        "company": mapping.company and _route_to_json(mapping.company),
        "types": dict(mapping.types),
        "offset_accounts": dict(mapping.offset_accounts),
        **{name: value for name, (value, default) in later.items() if value != default},
    }


def from_json(data: Mapping[str, Any]) -> tuple[BrexConfig, MappingConfig, dict[str, Any]]:
    """The settings of a `to_json` object.

    A setting that an older version did not store has its default; one that only a newer version
    knows is left out.
    """
    brex = _known(BrexConfig, data["brex"])
    if "poll_every" in brex:
        brex["poll_every"] = timedelta(seconds=float(brex["poll_every"]))
    if brex.get("transactions"):
        spans = _known(PullSettings, brex["transactions"]).items()
        brex["transactions"] = PullSettings(
            **{name: timedelta(seconds=float(span)) for name, span in spans}
        )
    return BrexConfig(**brex), mapping_from_json(data["mapping"]), dict(data["erp"])


def mapping_from_json(data: Mapping[str, Any]) -> MappingConfig:
    """The mapping of a `mapping_to_json` object, with the tolerance of `from_json`."""
    mapping = _known(MappingConfig, data)
    mapping["dimensions"] = tuple((name, value) for name, value in mapping.get("dimensions", ()))
    for name, kind in (("currency", Currency), ("closed_period", ClosedPeriod)):
        if name in mapping:
            mapping[name] = kind(mapping[name])
    if mapping.get("open_from"):
        mapping["open_from"] = date.fromisoformat(mapping["open_from"])
    if mapping.get("company"):
        route = _known(CompanyRoute, mapping["company"])
        route["by"] = RoutedBy(route.get("by", RoutedBy.FIELD))
        days = route.get("open_from", {}).items()
        route["open_from"] = {name: date.fromisoformat(day) for name, day in days}
        mapping["company"] = CompanyRoute(**route)
    if mapping.get("vat"):
        values = mapping["vat"]["values"].items()
        vats = {name: Vat(v["code"], Decimal(v["rate"]), v["account"]) for name, v in values}
        mapping["vat"] = VatRoute(mapping["vat"]["field"], vats)
    matching = _known(SupplierMatching, mapping.get("supplier_matching", {}))
    mapping["supplier_matching"] = SupplierMatching(**matching)
    return MappingConfig(**mapping)


def _route_to_json(route: CompanyRoute) -> dict[str, Any]:
    later = {
        "by": (route.by.value, RoutedBy.FIELD),
        "payments": (route.payments, ""),
        "time_zones": (dict(route.time_zones), {}),
        "open_from": ({name: day.isoformat() for name, day in route.open_from.items()}, {}),
        "offset_accounts": (_tables(route.offset_accounts), {}),
    }
    return {
        "field": route.field,
        "values": _tables(route.values),
        **{name: value for name, (value, default) in later.items() if value != default},
    }


def _vat_to_json(route: VatRoute) -> dict[str, Any]:
    vats = {
        name: {"code": vat.code, "rate": str(vat.rate), "account": vat.account}
        for name, vat in route.values.items()
    }
    return {"field": route.field, "values": vats}


def _tables(tables: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    return {name: dict(table) for name, table in tables.items()}


def _known(kind: type[Any], data: Mapping[str, Any]) -> dict[str, Any]:
    names = {field.name for field in dataclasses.fields(kind)}
    return {name: value for name, value in data.items() if name in names}
