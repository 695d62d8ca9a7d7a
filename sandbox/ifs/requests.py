"""One OData request and its answer, apart from HTTP: alone, or as a part of a `$batch`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote

from sandbox.ifs import literals
from sandbox.ifs.errors import OdpError

_LONGEST_WAIT_S = 900.0
_USUAL_WAIT_S = 300.0


@dataclass(frozen=True, slots=True)
class Request:
    """`path` is below the projection; headers go by their lower-case names."""

    method: str
    path: str
    args: tuple[tuple[str, str], ...]
    headers: Mapping[str, str]
    body: bytes
    #: the second of which reads tell; None is now
    as_of_s: float | None = None
    #: lists end after so many rows, without a next link
    list_keep: int | None = None

    @classmethod
    def at(cls, method: str, target: str, headers: Mapping[str, str], body: bytes) -> Request:
        """From the target of a request line: escaped, relative to the projection."""
        path, _, query = target.partition("?")
        args = tuple(parse_qsl(query, keep_blank_values=True))
        return cls(method, unquote(path), args, headers, body)

    def arg(self, name: str) -> str | None:
        """The first value of a query option."""
        return next((value for key, value in self.args if key == name), None)

    @property
    def name(self) -> str:
        """`GET AccountSet`: the method, and the last set, array or action of the path."""
        return f"{self.method} {name_of(self.path)}"

    @property
    def sends_strings(self) -> bool:
        """Whether decimals in the body are strings."""
        return "ieee754compatible=true" in self.headers.get("content-type", "").lower()

    @property
    def wants_strings(self) -> bool:
        """Whether decimals in the answer are to be strings."""
        return "ieee754compatible=true" in self.headers.get("accept", "").lower()

    @property
    def wants_everything(self) -> bool:
        """Whether the members of lists are to carry their ETags."""
        return "odata.metadata=full" in self.headers.get("accept", "").lower()

    @property
    def wait_s(self) -> float:
        """How long a statement may take: `Prefer: wait=60`."""
        for preference in self.headers.get("prefer", "").split(","):
            name, _, value = preference.strip().partition("=")
            if name == "wait" and value.isdigit():
                return min(float(value), _LONGEST_WAIT_S)
        return _USUAL_WAIT_S


@dataclass(frozen=True, slots=True)
class Reply:
    """What comes back; `created` is the path of a row that was made, for `$1`."""

    status: int
    body: Any = None
    headers: dict[str, str] = field(default_factory=dict)
    created: str = ""
    note: str = ""

    @property
    def text(self) -> str:
        """The body as JSON; "" where there is none."""
        return "" if self.body is None else literals.dumps(self.body)


def refusal(error: OdpError, shape: str) -> Reply:
    """An error in one of the shapes in which clients have met it."""
    if shape == "alternate":
        shape = ("usual", "language", "odata")[len(error.note) % 3]
    message: Any = str(error)
    if shape == "language":
        message = {"lang": "en", "value": message}
    body: dict[str, Any] = {"code": error.code, "message": message}
    if error.detail:
        number = error.note.removeprefix("ORA-")
        body["details"] = [{"code": number, "message": error.detail}]
    member = "odata.error" if shape == "odata" else "error"
    return Reply(error.status, {member: body}, note=error.note)


def name_of(path: str) -> str:
    """The last set, array or action of a path."""
    return path.partition("(")[0] if "/" not in path else _last(path)


def _last(path: str) -> str:
    quoted, start = False, 0
    for index, char in enumerate(path):
        quoted ^= char == "'"
        if char == "/" and not quoted:
            start = index + 1
    return path[start:].partition("(")[0]
