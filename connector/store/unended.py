"""Leases that could not be ended, because the database was away."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from contextlib import suppress

from connector.domain.records import Leased
from connector.errors import RetryLaterError
from connector.ports import RecordStore


class UnendedLeases:
    """Ends leases as soon as the database is back, for holders that have given up their work.

    Without it, every record in hand would wait until its lease runs out. The leases still count as
    such without an orderly end: what cannot be stored looks like a database that is away.
    """

    def __init__(self, records: RecordStore) -> None:
        self._records = records
        self._left: deque[Leased] = deque()

    def add(self, leased: Sequence[Leased]) -> None:
        """Note leases whose holder works on them no more."""
        self._left.extend(leased)

    def end(self) -> None:
        """End all that was noted. Raises RetryLaterError while the database is away."""
        taken: list[Leased] = []
        with suppress(IndexError):
            while True:
                taken.append(self._left.popleft())
        if not taken:
            return
        try:
            self._records.give_back(taken, "the database was away")
        except RetryLaterError:
            self._left.extend(taken)
            raise
