"""The service document and `$metadata` of a projection."""

from __future__ import annotations

from xml.sax.saxutils import quoteattr

from sandbox.exchange import Answer, json_answer
from sandbox.ifs.edm import Entity, Field, Projection

_EDMX = "http://docs.oasis-open.org/odata/ns/edmx"
_EDM = "http://docs.oasis-open.org/odata/ns/edm"


def service_document(projection: Projection) -> Answer:
    """`GET <Projection>.svc/`."""
    sets = [{"name": name, "kind": "EntitySet", "url": name} for name in projection.sets]
    return json_answer(200, {"@odata.context": "$metadata", "value": sets})


def metadata(projection: Projection) -> Answer:
    """`GET <Projection>.svc/$metadata`: EDMX."""
    schema = [_entity(projection, one) for one in projection.entities.values()]
    schema += [_enum(name, members) for name, members in projection.enums.items()]
    schema.append(_container(projection))
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>'
        f'<edmx:Edmx xmlns:edmx="{_EDMX}" Version="4.0"><edmx:DataServices>'
        f'<Schema xmlns="{_EDM}" Namespace={quoteattr(projection.namespace)}>'
        f"{''.join(schema)}</Schema></edmx:DataServices></edmx:Edmx>"
    )
    return Answer(200, text, "application/xml")


def _entity(projection: Projection, entity: Entity) -> str:
    keys = "".join(f"<PropertyRef Name={quoteattr(name)}/>" for name in entity.keys)
    properties = "".join(_property(projection, entity, name) for name in entity.fields)
    arrays = "".join(
        f"<NavigationProperty Name={quoteattr(name)}"
        f' Type="Collection({projection.namespace}.{kind})"/>'
        for name, kind in (entity.arrays or {}).items()
    )
    return (
        f"<EntityType Name={quoteattr(entity.name)}><Key>{keys}</Key>{properties}{arrays}"
        "</EntityType>"
    )


def _property(projection: Projection, entity: Entity, name: str) -> str:
    field = entity.fields[name]
    nullable = ' Nullable="false"' if name in (*entity.keys, *entity.required) else ""
    return f"<Property Name={quoteattr(name)} {_type(projection, field)}{nullable}/>"


def _type(projection: Projection, field: Field) -> str:
    match field.kind:
        case "Enum":
            return f'Type="{projection.namespace}.{field.enum}"'
        case "String":
            return f'Type="Edm.String" MaxLength="{field.length}"'
        case "Decimal":
            return f'Type="Edm.Decimal" Precision="{field.length}" Scale="{field.scale}"'
        case kind:
            return f'Type="Edm.{kind}"'


def _enum(name: str, members: tuple[str, ...]) -> str:
    listed = "".join(
        f'<Member Name={quoteattr(member)} Value="{number}"/>'
        for number, member in enumerate(members)
    )
    return f"<EnumType Name={quoteattr(name)}>{listed}</EnumType>"


def _container(projection: Projection) -> str:
    sets = "".join(
        f'<EntitySet Name={quoteattr(name)} EntityType="{projection.namespace}.{entity}"/>'
        for name, entity in projection.sets.items()
    )
    return f'<EntityContainer Name="Container">{sets}</EntityContainer>'
