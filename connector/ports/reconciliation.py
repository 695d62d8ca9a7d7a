"""What a reconciliation needs: Brex as pulls kept it, and our own books."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Protocol

from connector.domain.pulls import Coverage
from connector.domain.reconciliation import OurRecord
from connector.domain.transactions import Expense, RecordSummary, Statement, Transaction


class PulledSpend(Protocol):
    """What pulls have read of one connection; windows are from `since` on and before `until`."""

    def between(self, since: date, until: date) -> Iterator[Transaction]:
        """The transactions that were posted within a window and Brex still shows."""
        ...

    def gone(self, since: date, until: date) -> Iterator[Transaction]:
        """Those that were posted within a window, and that Brex shows no more."""
        ...

    def records(self, since: date, until: date) -> Iterator[RecordSummary]:
        """The accounting records that were posted within a window."""
        ...

    def expenses(self, since: date, until: date) -> Iterator[Expense]:
        """The expenses that transactions of a window name and no record shares."""
        ...

    def statements(self, since: date, until: date) -> Sequence[Statement]:
        """The statements that have a day in common with a window."""
        ...

    def coverage(self) -> Sequence[Coverage]:
        """What was read of each part."""
        ...


class Books(Protocol):
    """Where records stand with us."""

    def records(self, record_ids: Sequence[str]) -> Iterator[OurRecord]:
        """Those of these records that are known here."""
        ...

    def unshown(self, since: date, until: date) -> Sequence[str]:
        """The ids of records that were posted within a window and that no pull has shown."""
        ...

    def known_numbers(self, numbers: Sequence[str]) -> set[str]:
        """Those of these document numbers that are ours."""
        ...

    def supplier_names(self) -> Mapping[str, str]:
        """The names of the ERP's suppliers by their numbers, as far as they were read."""
        ...
