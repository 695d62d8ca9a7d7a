"""Lists: filter, order and pages, in the three ways that IFS has been seen to page."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from sandbox.ifs import filters, literals
from sandbox.ifs.edm import Entity, Projection
from sandbox.ifs.errors import not_implemented
from sandbox.ifs.filters import Filter
from sandbox.ifs.ifs import Ifs
from sandbox.ifs.literals import bad_request
from sandbox.ifs.requests import Reply, Request
from sandbox.ifs.resources import Resource
from sandbox.ifs.settings import IfsSettings
from sandbox.ifs.tables import Row, Table

#: Where IFS itself believes to be, behind whatever stands before it.
_INTERNAL = "http://ifsapp-odata:8080"


def list_rows(
    request: Request, resource: Resource, ifs: Ifs, projection: Projection, settings: IfsSettings
) -> Reply:
    """The rows of a set, or of an array of a row."""
    entity = resource.entity
    rows = _matching(request, resource, ifs, projection, settings)
    rows = _ordered(request, rows, entity)
    skip, top = _number(request, "$skip"), _number(request, "$top")
    skip = _number(request, "$skiptoken") or skip or 0
    page, more = _page(rows[skip:], top, settings)
    if request.list_keep is not None:
        page, more = page[: request.list_keep], False
    body: dict[str, Any] = {"@odata.context": f"$metadata#{request.path}"}
    if request.arg("$count") == "true":
        body["@odata.count"] = len(rows)
    strings = request.wants_strings
    with_etag = request.wants_everything or settings.list_etags == "always"
    body["value"] = [_member(request, row, entity, strings, with_etag) for row in page]
    if more:
        body["@odata.nextLink"] = _next_link(
            request, projection, settings, skip + len(page), top and top - len(page)
        )
    return Reply(200, body)


def visible(row: Row, entity: Entity, settings: IfsSettings) -> bool:
    """Whether the user may see the row: its company is among the allowed ones."""
    return not entity.by_company or row.values["Company"] in settings.allowed_companies


def selected(request: Request, shown: dict[str, Any], entity: Entity) -> dict[str, Any]:
    """What `$select` asks for; keys come along."""
    if (wanted := request.arg("$select")) is None:
        return shown
    names = [name.strip() for name in wanted.split(",")]
    if unknown := [name for name in names if name not in entity.fields]:
        raise bad_request(f"$select: {entity.name} has no property {', '.join(unknown)}")
    return {name: value for name, value in shown.items() if name in {*names, *entity.keys}}


def _matching(
    request: Request, resource: Resource, ifs: Ifs, projection: Projection, settings: IfsSettings
) -> list[Row]:
    if request.arg("$expand"):
        raise not_implemented("$expand of a collection")
    entity, table = resource.entity, ifs.tables[resource.entity.table]
    found = Filter(lambda _: True)
    if condition := request.arg("$filter"):
        found = filters.parse(condition, entity, projection, frozenset(settings.unfilterable))
    if resource.parent is not None:
        for name, value in zip(resource.parent.keys, resource.parent_key, strict=True):
            found.wanted[name] = frozenset({value})
    rows = _candidates(table, found, request.as_of_s)
    prefix = resource.parent_key
    return [
        row
        for row in rows
        if row.key[: len(prefix)] == prefix
        and visible(row, entity, settings)
        and found.test(row.values)
    ]


def _candidates(table: Table, found: Filter, as_of_s: float | None) -> list[Row]:
    """Rows among which are all that a condition may hold for, by an index where there is one."""
    indexed = table.indexed
    if column := next(iter(indexed & found.wanted.keys()), None):
        return [row for value in found.wanted[column] for row in table.by(column, value, as_of_s)]
    if column := next(iter(indexed & found.ranges.keys()), None):
        return table.between(column, *found.ranges[column], as_of_s)
    if column := next(iter(indexed & found.begins.keys()), None):
        prefixes = found.begins[column]
        several = [row for one in prefixes for row in table.starting(column, one, as_of_s)]
        return list({row.key: row for row in several}.values())
    return list(table.everything(as_of_s))


def _ordered(request: Request, rows: list[Row], entity: Entity) -> list[Row]:
    """By `$orderby`, else in whatever order the database has them: here, the newest first."""
    if not (wanted := request.arg("$orderby")):
        return rows[::-1]
    for part in reversed(wanted.split(",")):
        name, *direction = part.split()
        if name not in entity.fields:
            raise bad_request(f"$orderby: {entity.name} has no property {name}")
        rows = sorted(
            rows,
            key=lambda row: (row.values.get(name) is not None, row.values.get(name)),
            reverse=direction == ["desc"],
        )
    return rows


def _page(rows: list[Row], top: int | None, settings: IfsSettings) -> tuple[list[Row], bool]:
    """The rows of one answer, and whether a next link leads to more."""
    match settings.paging:
        case "next_link":
            size = min(settings.page_size, top if top is not None else len(rows))
            left = len(rows) if top is None else min(top, len(rows))
            return rows[:size], left > size
        case "none":
            return rows[:top], False
        case _:
            return rows[: settings.page_size if top is None else top], False


def _number(request: Request, name: str) -> int | None:
    text = request.arg(name)
    if text is None:
        return None
    if not text.isdigit():
        raise bad_request(f"{name} is no number")
    return int(text)


def _member(
    request: Request, row: Row, entity: Entity, strings: bool, with_etag: bool
) -> dict[str, Any]:
    shown = selected(request, literals.to_json(row.values, entity, strings=strings), entity)
    return {"@odata.etag": row.etag, **shown} if with_etag else shown


def _next_link(
    request: Request, projection: Projection, settings: IfsSettings, skip: int, top: int | None
) -> str:
    kept = [(name, value) for name, value in request.args if name not in {"$skip", "$skiptoken"}]
    if top is not None:
        kept = [(name, str(top) if name == "$top" else value) for name, value in kept]
    query = "&".join(f"{name}={quote(value)}" for name, value in [*kept, ("$skiptoken", str(skip))])
    link = f"{quote(request.path)}?{query}"
    root = f"main/ifsapplications/projection/v1/{projection.name}.svc"
    match settings.next_link:
        case "absolute":
            return f"{request.headers.get('x-sandbox-url', '')}/{root}/{link}"
        case "internal":
            return f"{_INTERNAL}/{root}/{link}"
        case _:
            return link
