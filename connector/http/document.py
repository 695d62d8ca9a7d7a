"""A JSON document at an address, for whoever may read it."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from connector.errors import RefusedError, RetryLaterError
from connector.http.wire import AnswerLostError, NeverLeftError, Request, Wire

_OK = 200


def document_at(
    url: str, *, subject: str, allow_http: bool, connect_s: float = 3.0, read_s: float = 10.0
) -> dict[str, Any]:
    """The object that a GET answers. No redirect is followed.

    Raises RetryLaterError where nothing comes, RefusedError where something else does.
    """
    path = urlsplit(url).path
    wire = Wire(
        subject,
        url.removesuffix(path) if path else url,
        allow_http=allow_http,
        connect_s=connect_s,
        read_s=read_s,
    )
    try:
        reply = wire.send(Request("GET", path or "/"), {}, fresh=True)
    except (NeverLeftError, AnswerLostError) as error:
        raise RetryLaterError(f"{subject}: no answer ({error})") from None
    if reply.status != _OK:
        raise RetryLaterError(f"{subject}: answered {reply.status}")
    try:
        document = reply.json()
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise RefusedError(f"{subject}: is no JSON object", code="no_document")
    return document
