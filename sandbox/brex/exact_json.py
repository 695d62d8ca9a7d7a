"""JSON in which amounts are numbers, written exactly from Decimal."""

from __future__ import annotations

import json
import re
from decimal import Decimal
from typing import Any

#: A Decimal passes the encoder as a string behind a NUL; no text of a record begins with one.
_MARKED = re.compile(r'"\\u0000(-?[\d.]+)"')


def loads(text: str | bytes) -> Any:
    """Like `json.loads`, but fractions become Decimal."""
    return json.loads(text, parse_float=Decimal)


def dumps(value: Any) -> str:
    """Like `json.dumps`, but a Decimal is written digit by digit, without trailing zeros."""
    text = json.dumps(value, default=_marked, ensure_ascii=False, separators=(",", ":"))
    return _MARKED.sub(r"\1", text)


def _marked(value: Any) -> str:
    if not isinstance(value, Decimal):
        raise TypeError(f"{type(value).__name__} is no JSON")
    return "\0" + format(value.normalize() if value else Decimal(0), "f")
