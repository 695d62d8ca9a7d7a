"""How objects of Brex's are read: leniently in what is new, strictly in what is insisted on.

Fields that are new are left out, as Brex's versioning asks
(https://developer.brex.com/guides/versioning).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar

from marshmallow import EXCLUDE, Schema, ValidationError

from connector.brex.wire_values import Read, text
from connector.errors import RefusedError

T = TypeVar("T")


class Lenient(Schema):
    """Leaves out what it does not know."""

    class Meta:
        """How."""

        unknown = EXCLUDE


def optional(read: Callable[[Any], T]) -> Read[T]:
    """A field that may be null or missing, and is None then."""
    return Read(read, allow_none=True, load_default=None)


def optional_text() -> Read[str]:
    """A text that may be null or missing, and is None then."""
    return optional(text)


def load(schema: Schema, payload: Mapping[str, Any]) -> Any:
    """What a schema makes of an object. Raises RefusedError naming the first wrong field."""
    try:
        return schema.load(payload)
    except ValidationError as error:
        path, what = _first(error.messages)
        raise RefusedError(f"{path}: {what}", code="unreadable", field=path) from None


def _first(messages: Any, path: str = "") -> tuple[str, str]:
    """The first fault of marshmallow's tree of them, and the path to it: `line_items.0.amount`."""
    if isinstance(messages, dict) and messages:
        name, inner = next(iter(messages.items()))
        deeper = path if name == "_schema" else f"{path}.{name}".lstrip(".")
        return _first(inner, deeper)
    if isinstance(messages, list) and messages:
        return _first(messages[0], path)
    return path or "record", str(messages)
