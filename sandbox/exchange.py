"""One call to a peer and its answer, apart from HTTP, so that it can be applied late or twice."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any, Literal

Effect = Literal["read", "write"]


@dataclass(slots=True)
class Twists:
    """What faults ask of the peer itself; a peer that has no such thing ignores them."""

    #: Reads answer as of this monotonic second; None is now.
    as_of_s: float | None = None
    #: A bulk answer holds only the first `keep` results.
    keep: int | None = None
    #: Whether the transactions after `keep` are carried out all the same.
    rest_applied: bool = True
    #: Whether the transactions after `keep` are listed as not processed.
    tail_listed: bool = False
    #: Transactions of a bulk (by index) that are carried out twice.
    doubled: set[int] = field(default_factory=set)
    #: Transactions (by index) that are refused: (error code, message).
    refused: dict[int, tuple[str, str]] = field(default_factory=dict)
    #: Whether what is refused was carried out all the same.
    applied: bool = False
    #: A list ends after so many rows, as if there were no more; None is all of them.
    list_keep: int | None = None
    #: Requests (by index) before which another client changes what their If-Match names.
    overtaken: set[int] = field(default_factory=set)


@dataclass(frozen=True, slots=True)
class Call:
    """A request as a peer sees it."""

    peer: str
    method: str
    path: str
    #: What is counted: `GET /v3/accounting/records`, `APS450MI/AddHead`, `bulk APS450MI`.
    operation: str
    effect: Effect
    #: Query and form values in order, names may repeat.
    args: tuple[tuple[str, str], ...]
    headers: dict[str, str]
    body: bytes
    #: The program and transactions inside, for M3; otherwise empty.
    program: str = ""
    transactions: tuple[str, ...] = ()
    twists: Twists = field(default_factory=Twists)

    def arg(self, name: str) -> str | None:
        """The first value of a name."""
        return next((value for key, value in self.args if key == name), None)

    def every(self, name: str) -> list[str]:
        """All values of a name."""
        return [value for key, value in self.args if key == name]

    def json(self) -> Any:
        """The parsed body; raises ValueError when it is not JSON."""
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class Answer:
    """What goes back; `dropped` closes the connection without a byte."""

    status: int
    body: str = ""
    content_type: str = "application/json"
    headers: tuple[tuple[str, str], ...] = ()
    dropped: bool = False
    #: What the journal says about it, beside the status.
    note: str = ""


def json_answer(status: int, value: Any, *, note: str = "") -> Answer:
    """A JSON answer; amounts that must be exact are rendered by the peer instead."""
    return Answer(status, json.dumps(value, ensure_ascii=False, separators=(",", ":")), note=note)
