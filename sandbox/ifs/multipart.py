"""`multipart/mixed` as `$batch` has it: parts in, parts out."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from sandbox.ifs.errors import deserialization
from sandbox.ifs.requests import Reply, Request

_REASONS = {200: "OK", 201: "Created", 202: "Accepted", 204: "No Content"}


@dataclass(frozen=True, slots=True)
class Part:
    """One request of a batch, with its Content-Id."""

    request: Request
    content_id: str = ""


#: A request by itself, or the requests of a change set.
Item = Part | tuple[Part, ...]


def boundary_of(content_type: str) -> str:
    """The boundary that a content type names; "" where it is no multipart."""
    kind, *parameters = (part.strip() for part in content_type.split(";"))
    if kind.lower() != "multipart/mixed":
        return ""
    pairs = (parameter.partition("=") for parameter in parameters)
    return next((value.strip('"') for name, _, value in pairs if name.lower() == "boundary"), "")


def read(body: bytes, boundary: str) -> list[Item]:
    """The items of a batch; raises an OdpError of status 400."""
    items: list[Item] = []
    for headers, content in _parts(body, boundary):
        inner = boundary_of(headers.get("content-type", ""))
        if not inner:
            items.append(_part(headers, content))
            continue
        changes = tuple(_part(*one) for one in _parts(content, inner))
        if any(change.request.method == "GET" for change in changes):
            raise deserialization("A change set holds no GET.")
        items.append(changes)
    return items


def write(answers: Iterable[Reply | list[tuple[str, Reply]]]) -> tuple[str, str]:
    """The body of an answer and its content type; a list is a change set that took effect."""
    boundary = f"batch_{uuid.uuid4().hex}"
    parts = []
    for answer in answers:
        if isinstance(answer, Reply):
            parts.append(_http(answer))
            continue
        inner = f"changeset_{uuid.uuid4().hex}"
        changes = [_http(reply, content_id) for content_id, reply in answer]
        parts.append(
            f"Content-Type: multipart/mixed; boundary={inner}\r\n\r\n{_joined(changes, inner)}"
        )
    return _joined(parts, boundary), f"multipart/mixed; boundary={boundary}"


def _joined(parts: list[str], boundary: str) -> str:
    return "".join(f"--{boundary}\r\n{part}\r\n" for part in parts) + f"--{boundary}--\r\n"


def _http(reply: Reply, content_id: str = "") -> str:
    text = reply.text
    lines = ["Content-Type: application/http", "Content-Transfer-Encoding: binary"]
    lines += [f"Content-Id: {content_id}"] if content_id else []
    lines += ["", f"HTTP/1.1 {reply.status} {_REASONS.get(reply.status, 'Error')}"]
    lines += [f"{name}: {value}" for name, value in reply.headers.items()]
    if text:
        lines += ["Content-Type: application/json", f"Content-Length: {len(text.encode())}"]
    return "\r\n".join(lines) + f"\r\n\r\n{text}"


def _parts(body: bytes, boundary: str) -> list[tuple[dict[str, str], bytes]]:
    mark = b"--" + boundary.encode()
    pieces = (b"\n" + body.replace(b"\r\n", b"\n")).split(b"\n" + mark)
    if not boundary or len(pieces) < 2 or not pieces[-1].startswith(b"--"):
        raise deserialization("The multipart body is malformed.")
    return [_headed(piece.removeprefix(b"\n")) for piece in pieces[1:-1]]


def _headed(piece: bytes) -> tuple[dict[str, str], bytes]:
    head, _, content = piece.partition(b"\n\n")
    return _headers(head.decode("utf-8", "replace").splitlines()), content


def _part(headers: Mapping[str, str], content: bytes) -> Part:
    head, _, body = content.partition(b"\n\n")
    line, *lines = head.decode("utf-8", "replace").splitlines() or [""]
    method, _, rest = line.partition(" ")
    target, _, version = rest.rpartition(" ")
    if headers.get("content-type", "") != "application/http" or not version.startswith("HTTP/"):
        raise deserialization("A part of the batch is no HTTP request.")
    request = Request.at(method, target, _headers(lines), body.strip())
    return Part(request, headers.get("content-id", ""))


def _headers(lines: Iterable[str]) -> dict[str, str]:
    pairs = (line.partition(":") for line in lines)
    return {name.strip().lower(): value.strip() for name, _, value in pairs if name.strip()}
