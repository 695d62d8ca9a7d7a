"""`$metadata` of a projection: its entity sets, types, keys, properties and arrays.

Source: docs.oasis-open.org/odata/odata-csdl-xml/v4.01 (EDMX). The document comes from outside: no
entities, no network, no DTD.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.erp import xml

_EDM = "{http://docs.oasis-open.org/odata/ns/edm}"


@dataclass(frozen=True, slots=True)
class Property:
    """A property: its type (`Edm.String`) and, where they are said, length and decimals."""

    type: str
    length: int | None = None
    scale: int | None = None


@dataclass(frozen=True, slots=True)
class EntityType:
    """An entity type: keys, properties, and arrays with the type of their members."""

    name: str
    keys: tuple[str, ...]
    properties: Mapping[str, Property]
    arrays: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a projection offers; types by their full names."""

    sets: Mapping[str, str]
    types: Mapping[str, EntityType] = field(default_factory=dict)

    def of_set(self, name: str) -> EntityType | None:
        """The type of the rows of a set; None where there is no such set."""
        return self.types.get(self.sets.get(name, ""))

    def of_array(self, parent: EntityType, name: str) -> EntityType | None:
        """The type of the rows of an array; None where there is no such array."""
        return self.types.get(parent.arrays.get(name, ""))


def parse(document: bytes) -> Metadata:
    """The metadata in an EDMX document. Raises ValueError where it is none."""
    root = xml.parse(document)
    sets: dict[str, str] = {}
    types: dict[str, EntityType] = {}
    for schema in root.iter(f"{_EDM}Schema"):
        namespace = schema.get("Namespace", "")
        for one in schema.iter(f"{_EDM}EntityType"):
            types[f"{namespace}.{one.get('Name', '')}"] = _entity(one)
        for one in schema.iter(f"{_EDM}EntitySet"):
            sets[one.get("Name", "")] = one.get("EntityType", "")
    if not types:
        raise ValueError("no EDMX with entity types")
    return Metadata(sets, types)


def _entity(element: xml.Element) -> EntityType:
    arrays = {}
    for one in element.iter(f"{_EDM}NavigationProperty"):
        kind = one.get("Type", "")
        if kind.startswith("Collection(") and kind.endswith(")"):
            arrays[one.get("Name", "")] = kind.removeprefix("Collection(").removesuffix(")")
    return EntityType(
        name=element.get("Name", ""),
        keys=tuple(one.get("Name", "") for one in element.iter(f"{_EDM}PropertyRef")),
        properties={
            one.get("Name", ""): Property(
                one.get("Type", ""), _number(one.get("MaxLength")), _number(one.get("Scale"))
            )
            for one in element.iter(f"{_EDM}Property")
        },
        arrays=arrays,
    )


def _number(text: str | None) -> int | None:
    """A facet as a number; None where it is not said, or is `max` or `variable`."""
    return int(text) if text is not None and text.isdigit() else None
