"""JSON in which amounts are numbers, written exactly from Decimal."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any


def loads(text: str | bytes) -> Any:
    """Like `json.loads`, but fractions become Decimal."""
    return json.loads(text, parse_float=Decimal)


def dumps(value: Any) -> str:
    """Like `json.dumps`, but a Decimal is written digit by digit, without trailing zeros."""
    if isinstance(value, dict):
        return "{" + ",".join(f"{json.dumps(k)}:{dumps(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list | tuple):
        return "[" + ",".join(map(dumps, value)) + "]"
    if isinstance(value, Decimal):
        return format(value.normalize() if value else Decimal(0), "f")
    return json.dumps(value, ensure_ascii=False)
