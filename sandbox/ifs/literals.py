"""Values on their way in and out: literals in addresses and filters, and JSON by type.

With `IEEE754Compatible=true`, Decimal and Int64 travel as JSON strings, else as JSON numbers; a
body that does it the other way is refused.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any

from sandbox.ifs.edm import Entity, Field, Projection
from sandbox.ifs.errors import OdpError, deserialization

_ENUM = re.compile(r"(?P<type>[A-Za-z_][\w.]*)'(?P<member>[^']*)'")
_NUMBER = re.compile(r"-?\d+(\.\d+)?")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_ESCAPES = str.maketrans({"'": "''"})


def bad_request(what: str) -> OdpError:
    """The address or a query option is wrong."""
    return OdpError(400, "ODP_BAD_REQUEST", what)


def parse(text: str, field: Field, projection: Projection) -> Any:
    """A literal as a value of the field's type."""
    if text == "null":
        return None
    if field.kind == "Enum":
        found = _ENUM.fullmatch(text)
        if not found or found["type"] != f"{projection.namespace}.{field.enum}":
            raise bad_request(f"{text} is no literal of {projection.namespace}.{field.enum}")
        return found["member"]
    if field.kind == "String":
        if len(text) < 2 or text[0] != "'" or text[-1] != "'":
            raise bad_request(f"{text} is no string literal")
        return text[1:-1].replace("''", "'")
    if field.kind == "Date":
        return _day(text)
    if not _NUMBER.fullmatch(text):
        raise bad_request(f"{text} is no number")
    return int(text) if field.kind == "Int64" and "." not in text else Decimal(text)


def written(value: Any, field: Field, projection: Projection) -> str:
    """The value as a literal, as it stands in a key."""
    match field.kind:
        case "String":
            return f"'{str(value).translate(_ESCAPES)}'"
        case "Enum":
            return f"{projection.namespace}.{field.enum}'{value}'"
        case _:
            return str(value)


def to_json(values: Mapping[str, Any], entity: Entity, *, strings: bool) -> dict[str, Any]:
    """The properties of a row; Decimal is left for `dumps`."""
    return {
        name: _shown(values.get(name), field, strings=strings)
        for name, field in entity.fields.items()
    }


def from_json(
    body: Any, entity: Entity, projection: Projection, *, strings: bool
) -> dict[str, Any]:
    """The given properties, typed; raises for unknown ones, wrong types and too long values."""
    if not isinstance(body, dict):
        raise deserialization("The body is no object.")
    given = {}
    for name, value in body.items():
        if name.startswith("@"):
            continue
        if name not in entity.fields:
            raise deserialization(f"{entity.name} has no property {name}.")
        given[name] = _typed(name, value, entity.fields[name], projection, strings=strings)
    return given


def loads(text: bytes | str) -> Any:
    """JSON with decimals kept exact."""
    try:
        return json.loads(text, parse_float=Decimal)
    except ValueError as error:
        raise deserialization("The body is no JSON.") from error


def dumps(value: Any) -> str:
    """JSON; a Decimal becomes a number with the digits that it has."""
    marked = json.dumps(value, ensure_ascii=False, separators=(",", ":"), default=_number)
    return re.sub(r'"\\u0000(-?[0-9.]+)"', r"\1", marked)


def _number(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"\0{_plain(value)}"
    raise TypeError(f"{value!r} does not go into JSON")


def _plain(value: Decimal) -> str:
    text = f"{value:f}"
    return (text.rstrip("0").rstrip(".") if "." in text else text) or "0"


def _shown(value: Any, field: Field, *, strings: bool) -> Any:
    if value is None or field.kind in {"String", "Enum"}:
        return value
    if field.kind == "Date":
        return value.isoformat()
    if field.kind == "Decimal":
        return _plain(value) if strings else value
    return str(value) if strings else value


def _typed(name: str, value: Any, field: Field, projection: Projection, *, strings: bool) -> Any:
    if value is None:
        return None
    wrong = deserialization(f"The value of {name} is wrong.")
    match field.kind:
        case "String":
            if not isinstance(value, str) or len(value.encode("utf-16-le")) // 2 > field.length:
                raise wrong
            return value
        case "Enum":
            if value not in projection.enums[field.enum]:
                raise wrong
            return value
        case "Date":
            if not isinstance(value, str):
                raise wrong
            return _day(value)
        case _:
            if isinstance(value, bool) or isinstance(value, str) is not strings:
                raise wrong
            return _decimal(value, field, wrong)


def _decimal(value: Any, field: Field, wrong: OdpError) -> Any:
    try:
        number = Decimal(value)
    except (InvalidOperation, TypeError, ValueError):
        raise wrong from None
    exponent = number.as_tuple().exponent
    scale = -exponent if isinstance(exponent, int) else 99
    if scale > field.scale or (field.length and number.adjusted() >= field.length - field.scale):
        raise wrong
    return int(number) if field.kind == "Int64" else number


def _day(text: str) -> date:
    if not _DATE.fullmatch(text):
        raise bad_request(f"{text} is no date")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise bad_request(f"{text} is no date") from None
