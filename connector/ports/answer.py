"""What became of one item of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from connector.domain.drafts import Outcome

T = TypeVar("T")

#: The code of what was not sent because the peer, or our budget for it, said "not now".
RATE_LIMITED = "rate_limited"


@dataclass(frozen=True, slots=True)
class Answer(Generic[T]):
    """What became of one item of a batch.

    `value` is set exactly where `outcome` is DONE. `code` and `message` are the peer's own on
    REFUSED, and readable on everything else; `wait_s` is how long the peer asked us to wait.
    A read is never UNKNOWN: where its answer was lost it is NOT_SENT. `trace_id` is the peer's own
    id of the call, where it gives one.
    """

    outcome: Outcome
    value: T | None = None
    code: str = ""
    message: str = ""
    field: str = ""
    wait_s: float | None = None
    trace_id: str = ""
