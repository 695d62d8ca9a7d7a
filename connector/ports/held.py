"""The queue of held records, as its use cases see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Protocol


@dataclass(frozen=True, slots=True)
class HeldRecord:
    """A row of the queue. `attempt` says whether anybody has acted on the record since."""

    record: int
    connection: str
    record_id: str
    reason: str
    field: str
    value: str
    held_at: datetime
    merchant: str
    booked_on: str
    amount: Decimal
    currency: str
    asked_by: str | None
    asked_at: datetime | None
    attempt: int
    message: str
    is_leased: bool
    is_returning: bool


class HeldRecords(Protocol):
    """Notes who asked for a release."""

    def ask(self, numbers: Sequence[int]) -> list[int]:
        """Note that whoever acts asks for the release of these; those that nobody had asked for."""
        ...
