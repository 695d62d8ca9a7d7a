"""Reads the body of a request as it was sent, and no more of it than may be taken."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

LARGEST_BODY = 1024 * 1024
_CHUNK = 64 * 1024


class BodyTooLargeError(Exception):
    """The body is larger than LARGEST_BODY."""


class BodyUnreadableError(Exception):
    """The body is encoded, or is not as long as it was declared to be."""


def read_body(environ: Mapping[str, Any]) -> bytes:
    """The raw bytes that were signed.

    Werkzeug's own limit cuts a chunked body silently; this reads one byte more than may be taken
    and knows. Raises BodyTooLargeError before reading anything where the length is declared.
    """
    if environ.get("HTTP_CONTENT_ENCODING", "identity").strip().lower() not in {"", "identity"}:
        raise BodyUnreadableError
    declared = _declared_length(environ)
    if declared is not None and declared > LARGEST_BODY:
        raise BodyTooLargeError
    body = _read(environ["wsgi.input"], LARGEST_BODY + 1 if declared is None else declared)
    if len(body) > LARGEST_BODY:
        raise BodyTooLargeError
    if declared is not None and len(body) != declared:
        raise BodyUnreadableError
    return body


def _declared_length(environ: Mapping[str, Any]) -> int | None:
    """None for a chunked body; 0 where nothing is said of a body at all."""
    text = environ.get("CONTENT_LENGTH", "")
    if text:
        if not (text.isascii() and text.isdigit()):
            raise BodyUnreadableError
        return int(text) if len(text) < len(str(LARGEST_BODY)) + 2 else LARGEST_BODY + 1
    return None if environ.get("wsgi.input_terminated") else 0


def _read(stream: Any, most: int) -> bytes:
    body = bytearray()
    while len(body) < most:
        try:
            part = stream.read(min(_CHUNK, most - len(body)))
        except Exception:  # noqa: BLE001  the server raises errors of its own for a broken body
            raise BodyUnreadableError from None
        if not part:
            break
        body += part
    return bytes(body)
