"""JSON from outside, read without surprises."""

from __future__ import annotations

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any, NoReturn

#: A number with more digits, or an exponent beyond this, is no number of this trade.
_MOST_DIGITS = 64
_CONTAINERS = (dict, list)
_ODD_ESCAPE = re.compile(rb"\\u(?:0000|[dD][89a-fA-F])")
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def loads(body: bytes, *, deepest: int, unique_keys: bool = False) -> Any:
    """The value of a JSON text in UTF-8, every fraction a Decimal.

    Raises ValueError for everything else: NaN, numbers out of all proportion, nesting beyond
    `deepest`, other encodings and, with `unique_keys`, an object that has a key twice. A NUL or an
    unpaired surrogate, which PostgreSQL cannot store, is read as U+FFFD.
    """
    try:
        value = json.loads(
            body.decode("utf-8"),
            parse_int=_whole,
            parse_float=_fraction,
            parse_constant=_refuse,
            object_pairs_hook=_unique if unique_keys else None,
        )
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if _is_deeper(value, deepest):
        raise ValueError("nested too deeply")
    return _storable(value) if _ODD_ESCAPE.search(body) else value


def _is_deeper(value: Any, deepest: int) -> bool:
    """Whether lists and objects stand within each other on more than `deepest` levels."""
    level = [value] if isinstance(value, _CONTAINERS) else []
    for _ in range(deepest):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if isinstance(outer, dict) else outer)
            if isinstance(inner, _CONTAINERS)
        ]
    return bool(level)


def _whole(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    return int(digits)


def _fraction(digits: str) -> Decimal:
    if len(digits) > _MOST_DIGITS:
        raise ValueError("a number is too long")
    try:
        number = Decimal(digits)
    except InvalidOperation:
        raise ValueError("a number is too large or too small") from None
    if abs(number.adjusted()) > _MOST_DIGITS:
        raise ValueError("a number is too large or too small")
    return number


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    read = dict(pairs)
    if len(read) < len(pairs):
        raise ValueError("an object has a key twice")
    return read


def _storable(value: Any) -> Any:
    if isinstance(value, str):
        return _UNSTORABLE.sub("\ufffd", value)
    if isinstance(value, list):
        return [_storable(item) for item in value]
    if isinstance(value, dict):
        return {_storable(key): _storable(item) for key, item in value.items()}
    return value
