"""The entity data model of a projection, read from `projections/*.toml`."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Any

from sandbox.ifs.settings import IfsSettings


@dataclass(frozen=True, slots=True)
class Field:
    """A property: `kind` is String, Int64, Decimal, Date or Enum."""

    kind: str
    length: int = 0
    scale: int = 0
    enum: str = ""

    @classmethod
    def of(cls, spec: str) -> Field:
        """From `String 20`, `Decimal 20 3`, `Enum PartyType`, `Date`."""
        kind, *rest = spec.split()
        if kind == "Enum":
            return cls(kind, enum=rest[0])
        length, scale = (*map(int, rest), 0, 0)[:2]
        return cls(kind, length, scale)


@dataclass(frozen=True, slots=True)
class Entity:
    """An entity type, and the table that it shows."""

    name: str
    table: str
    keys: tuple[str, ...]
    fields: Mapping[str, Field]
    allows: frozenset[str]
    required: tuple[str, ...] = ()
    computed: frozenset[str] = frozenset()
    actions: tuple[str, ...] = ()
    #: navigation property = entity type
    arrays: Mapping[str, str] | None = None

    @property
    def by_company(self) -> bool:
        """Whether its rows belong to companies, and only those of the user's are seen."""
        return "Company" in self.fields


@dataclass(frozen=True, slots=True)
class Projection:
    """One service."""

    name: str
    sets: Mapping[str, str]
    entities: Mapping[str, Entity]
    enums: Mapping[str, tuple[str, ...]]

    @property
    def namespace(self) -> str:
        """What its types, actions and enumerations are named in."""
        return f"IfsApp.{self.name}"


def projections(settings: IfsSettings) -> dict[str, Projection]:
    """All services, under the names that the settings give them."""
    return _projections(
        settings.posting_proposals, settings.manual_vouchers, tuple(settings.field_changes)
    )


@cache
def _projections(
    proposals: str, vouchers: str, field_changes: tuple[str, ...]
) -> dict[str, Projection]:
    found = {}
    names = {"PostingProposals": proposals, "ManualVouchers": vouchers}
    for file in sorted(files("sandbox.ifs.projections").iterdir(), key=lambda one: one.name):
        stem, _, ending = file.name.rpartition(".")
        if ending == "toml" and stem != stem.lower():
            name = names.get(stem, stem)
            raw = tomllib.loads(file.read_text("utf-8"))
            found[name] = _changed(_projection(name, raw), field_changes)
    return found


def _projection(name: str, raw: dict[str, Any]) -> Projection:
    sets, enums = raw.pop("sets"), raw.pop("enums", {})
    entities = {one: _entity(one, given) for one, given in raw.items()}
    return Projection(
        name, sets, entities, {enum: tuple(members) for enum, members in enums.items()}
    )


def _entity(name: str, raw: dict[str, Any]) -> Entity:
    fields = raw.get("fields")
    if fields is None:
        shared = files("sandbox.ifs.projections") / f"{raw['fields_of']}.toml"
        fields = tomllib.loads(shared.read_text("utf-8"))
    return Entity(
        name=name,
        table=raw["table"],
        keys=tuple(raw["keys"]),
        fields={field: Field.of(spec) for field, spec in fields.items()},
        allows=frozenset(raw["allows"]),
        required=tuple(raw.get("required", ())),
        computed=frozenset(raw.get("computed", ())),
        actions=tuple(raw.get("actions", ())),
        arrays=raw.get("arrays"),
    )


def _changed(projection: Projection, changes: tuple[str, ...]) -> Projection:
    """With fields as another release has them: `Entity.Field=String 10`, or `Entity.Field=`."""
    entities = dict(projection.entities)
    for change in changes:
        where, _, spec = change.partition("=")
        entity, _, field = where.partition(".")
        if entity not in entities:
            continue
        fields = {name: kind for name, kind in entities[entity].fields.items() if name != field}
        if spec:
            fields[field] = Field.of(spec)
        entities[entity] = replace(entities[entity], fields=fields)
    return replace(projection, entities=entities)
