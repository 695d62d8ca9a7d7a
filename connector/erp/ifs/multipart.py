"""`multipart/mixed` as OData's `$batch` has it: requests in, answers out.

Source: docs.oasis-open.org/odata/odata/v4.01, part 1, section 11.7; docs.ifs.com/techdocs/22r2/
040_tailoring/300_extensibility/100_odata_provider/700_batch_requests/ (this form alone).
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from connector.http import strict_json

_BOUNDARY = re.compile(r'boundary="?([^";,\s]+)', re.IGNORECASE)
_DEEPEST = 100


@dataclass(frozen=True, slots=True)
class Request:
    """One request, its address relative to the projection."""

    method: str
    path: str
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ChangeSet:
    """Requests that take effect together or not at all; `$1` names the first of them."""

    requests: tuple[Request, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """The answer to one request. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        """The body as JSON, or None where it is none."""
        try:
            return strict_json.loads(self.body, deepest=_DEEPEST)
        except ValueError:
            return None


#: What answers one item: a part, or those of a change set that took effect.
Answered = Part | tuple[Part, ...]


def encode(items: Iterable[Request | ChangeSet]) -> tuple[bytes, str]:
    """The body of a `$batch`, and its content type."""
    boundary = f"batch_{secrets.token_hex(16)}"
    text = "".join(f"--{boundary}\r\n{_item(item)}\r\n" for item in items) + f"--{boundary}--\r\n"
    return text.encode(), f"multipart/mixed;boundary={boundary}"


def decode(body: bytes, content_type: str) -> list[Answered]:
    """The answers, as far as they came whole: what the end of the body cut is left out."""
    answers: list[Answered] = []
    for headers, content in _parts(body, content_type):
        kind = headers.get("content-type", "")
        if kind.lower().startswith("multipart/mixed"):
            inner = [_part(rest) for _, rest in _parts(content, kind)]
            answers.append(tuple(part for part in inner if part is not None))
        elif (part := _part(content)) is not None:
            answers.append(part)
        else:
            break  # what cannot be read has no place among the answers, nor has what follows it
    return answers


def _item(item: Request | ChangeSet) -> str:
    if isinstance(item, Request):
        return _request(item, "")
    inner = f"changeset_{secrets.token_hex(16)}"
    parts = "".join(
        f"--{inner}\r\n{_request(request, f'Content-Id: {number}')}\r\n"
        for number, request in enumerate(item.requests, start=1)
    )
    return f"Content-Type: multipart/mixed;boundary={inner}\r\n\r\n{parts}--{inner}--\r\n"


def _request(request: Request, content_id: str) -> str:
    body = ""
    if request.body is not None:
        body = json.dumps(request.body, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    lines = [
        "Content-Type: application/http",
        "Content-Transfer-Encoding: binary",
        *([content_id] if content_id else []),
        "",
        f"{request.method} {request.path} HTTP/1.1",
        *(f"{name}: {value}" for name, value in request.headers.items()),
        *([f"Content-Length: {len(body.encode())}"] if body else []),
        "",
        body,
    ]
    return "\r\n".join(lines)


def _parts(body: bytes, content_type: str) -> Iterator[tuple[dict[str, str], bytes]]:
    """Headers and content of each part that its boundary ends."""
    named = _BOUNDARY.search(content_type)
    if named is None:
        return
    mark = b"\r\n--" + named[1].encode()
    pieces: Sequence[bytes] = (b"\r\n" + body).split(mark)
    for piece in pieces[1:-1]:
        if piece.startswith(b"--"):
            return
        head, _, content = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
        yield _headers(head), content


def _part(content: bytes) -> Part | None:
    """The HTTP answer in a part, or None where there is none."""
    head, blank, body = content.partition(b"\r\n\r\n")
    line, _, rest = head.partition(b"\r\n")
    words = line.split(b" ", 2)
    if not blank or len(words) < 2 or not words[0].startswith(b"HTTP/"):  # noqa: PLR2004
        return None
    if not words[1].isdigit():
        return None
    return Part(int(words[1]), _headers(rest), body)


def _headers(head: bytes) -> dict[str, str]:
    pairs = (line.partition(":") for line in head.decode("utf-8", "replace").split("\r\n"))
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
