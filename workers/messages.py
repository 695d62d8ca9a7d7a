"""What a message from the broker must look like before Celery reads it.

Whoever can write to Redis can put anything into a queue. Celery 5.7.0 refuses pickles and unknown
tasks by itself; other malformed messages end its worker, some of them put back by its end, so that
they end the next one too.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator
from typing import Any

#: A hint of 100 ids of 128 characters has 20 KB.
LARGEST_BODY = 256 * 1024
_JSON = ("application/json", "utf-8")
_ARGUMENTS = 3
_LIMITS = 2


def fault_of(message: Any, queue: str) -> str | None:
    """Why a decoded message of a queue is refused; None if it is not. Never raises."""
    fault = next(_envelope_faults(message), None)
    if fault is None and not _is_celerys_own(queue):
        fault = next(_task_faults(message), None)
    return fault


def _is_celerys_own(queue: str) -> bool:
    """Remote control, its replies and events, whose bodies have other shapes."""
    return queue.endswith(".pidbox") or queue.startswith("celeryev")


def _envelope_faults(message: Any) -> Iterator[str]:
    if not isinstance(message, dict):
        yield "it is no object"
    elif not isinstance(message.get("headers"), dict):
        yield "it has no headers"
    elif not isinstance(message.get("properties"), dict):
        yield "it has no properties"
    else:
        yield from _properties_faults(message["properties"])
        yield from _content_faults(message)


def _properties_faults(properties: dict[str, Any]) -> Iterator[str]:
    if not isinstance(properties.get("delivery_tag"), str):
        yield "it has no delivery tag"
    if not isinstance(properties.get("delivery_info"), dict):
        yield "it does not say where it was sent"
    if properties.get("body_encoding") != "base64":
        yield "its body has another encoding"


def _content_faults(message: dict[str, Any]) -> Iterator[str]:
    if "compression" in message["headers"]:
        yield "it is compressed"
    if (message.get("content-type"), message.get("content-encoding")) != _JSON:
        yield "it is not JSON"
    body = message.get("body")
    if not isinstance(body, str):
        yield "it has no body"
    elif len(body) > LARGEST_BODY:
        yield "it is too large"
    elif _decoded(body) is None:
        yield "its body cannot be decoded"


def _task_faults(message: dict[str, Any]) -> Iterator[str]:
    headers = message["headers"]
    if not isinstance(headers.get("task"), str) or not isinstance(headers.get("id"), str):
        yield "it names no task"
    if not isinstance(headers.get("retries", 0), int):
        yield "its retries are no number"
    limits = headers.get("timelimit", [None, None])
    if not isinstance(limits, list) or len(limits) != _LIMITS or any(map(_is_no_limit, limits)):
        yield "its time limits are not two numbers"
    yield from _body_faults(message["body"])


def _body_faults(encoded: str) -> Iterator[str]:
    try:
        body = json.loads(_decoded(encoded) or b"")
    except (ValueError, RecursionError):
        yield "its body is not JSON"
        return
    if not isinstance(body, list) or len(body) != _ARGUMENTS:
        yield "its body is not arguments, names and what comes after"
        return
    arguments, named, after = body
    if not isinstance(arguments, list) or not isinstance(named, dict):
        yield "its arguments are no list"
    if after is not None and (not isinstance(after, dict) or any(after.values())):
        yield "it has other tasks follow it"


def _is_no_limit(limit: object) -> bool:
    return limit is not None and not isinstance(limit, int | float)


def _decoded(body: str) -> bytes | None:
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError):
        return None
