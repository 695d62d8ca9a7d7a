"""Resource paths below a projection: `Set(K='a',B=1)/Array(…)/IfsApp.P.Entity_Action`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.ifs import literals
from sandbox.ifs.edm import Entity, Projection
from sandbox.ifs.errors import not_found, not_implemented
from sandbox.ifs.literals import bad_request
from sandbox.ifs.tables import Key, Row

_SEGMENT = re.compile(r"(?P<name>[$\w.]+)(\((?P<keys>.*)\))?")
_PAIR = re.compile(
    r"\s*(?P<name>\w+)\s*=\s*(?P<value>[A-Za-z_][\w.]*'(?:[^']|'')*'|'(?:[^']|'')*'|[^,']*)\s*"
)


@dataclass(frozen=True, slots=True)
class Resource:
    """What a path names: a set, a row of it, an array of a row, or an action on a row."""

    entity: Entity
    key: Key | None = None
    #: the row whose array it is, by its key
    parent: Entity | None = None
    parent_key: Key = ()
    action: str = ""


def resolve(path: str, projection: Projection) -> Resource:
    """What the path names; raises an OdpError where there is no such thing."""
    name, keys = _segment((segments := _split(path))[0])
    if name not in projection.sets:
        raise not_found()
    found = Resource(entity := projection.entities[projection.sets[name]])
    if keys is not None:
        found = Resource(entity, _key(keys, entity, projection))
    for segment in segments[1:]:
        found = _below(found, *_segment(segment), projection)
    return found


def path_of(projection: Projection, entity: Entity, row: Row) -> str:
    """The address of a row, as `$1` stands for it in a change set."""
    names = {kind: name for name, kind in projection.sets.items()}
    pairs = (
        f"{name}={literals.written(value, entity.fields[name], projection)}"
        for name, value in zip(entity.keys, row.key, strict=True)
    )
    return f"{names.get(entity.name, entity.name)}({','.join(pairs)})"


def _below(above: Resource, name: str, keys: str | None, projection: Projection) -> Resource:
    if above.key is None or above.action:
        raise not_found()
    prefix = f"{projection.namespace}.{above.entity.name}_"
    if name.startswith(prefix) and name.removeprefix(prefix) in above.entity.actions:
        return Resource(above.entity, above.key, action=name.removeprefix(prefix))
    arrays = above.entity.arrays or {}
    if name not in arrays:
        raise not_found()
    entity = projection.entities[arrays[name]]
    key = None
    if keys is not None:
        key = _key(keys, entity, projection, dict(zip(above.entity.keys, above.key, strict=True)))
    return Resource(entity, key, above.entity, above.key)


def _key(
    text: str, entity: Entity, projection: Projection, known: dict[str, object] | None = None
) -> Key:
    """The key of a row; what the row above it has, may be left out."""
    given = dict(known or {})
    at = 0
    while at < len(text):
        pair = _PAIR.match(text, at)
        if not pair or pair["name"] not in entity.keys:
            raise bad_request(f"({text}) is no key of {entity.name}")
        given[pair["name"]] = literals.parse(
            pair["value"].strip(), entity.fields[pair["name"]], projection
        )
        at = pair.end() + 1
    if lacking := [name for name in entity.keys if name not in given]:
        raise bad_request(f"the key of {entity.name} lacks {', '.join(lacking)}")
    return tuple(given[name] for name in entity.keys)


def _segment(text: str) -> tuple[str, str | None]:
    found = _SEGMENT.fullmatch(text)
    if not found:
        raise not_found()
    if found["name"].startswith("$"):
        raise not_implemented(found["name"])
    return found["name"], found["keys"]


def _split(path: str) -> list[str]:
    """At every slash that is not inside a string."""
    segments, quoted = [""], False
    for char in path:
        quoted ^= char == "'"
        if char == "/" and not quoted:
            segments.append("")
        else:
            segments[-1] += char
    return segments
