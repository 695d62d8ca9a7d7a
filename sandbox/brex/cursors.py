"""Cursors of lists: opaque, and of use with the filters that they were made for alone."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any


def write(key: tuple[str, str], bound: list[Any]) -> str:
    """The cursor of what comes behind a key, in a list with these filters."""
    return base64.urlsafe_b64encode(json.dumps([key, bound]).encode()).decode()


def read(text: str | None, bound: list[Any]) -> tuple[str, str] | None:
    """The key behind a cursor; raises ValueError saying what is wrong with it."""
    if not text:
        return None
    try:
        key, made_for = json.loads(base64.urlsafe_b64decode(text))
    except (ValueError, binascii.Error):
        raise ValueError("cursor is malformed") from None
    if made_for != bound:
        raise ValueError("cursor does not belong to these filters")
    return str(key[0]), str(key[1])
