"""What pulls need: Brex as it can be read, and where what was read is kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol, TypeAlias

from connector.domain.pulls import Part, Pull
from connector.domain.transactions import (
    Expense,
    RecordSummary,
    SpendAccount,
    Statement,
    Transaction,
)

Pulled: TypeAlias = SpendAccount | Transaction | Statement | RecordSummary | Expense


@dataclass(frozen=True, slots=True)
class PulledPage:
    """One page; `cursor` is None on the last."""

    rows: Sequence[Pulled]
    cursor: str | None = None


class SpendReads(Protocol):
    """Brex, as it can be read, and not written to. Raises RetryLaterError or RefusedError."""

    def page(self, part: Part, since: date, cursor: str | None) -> PulledPage:
        """One page of a part, of what is dated from a day on where Brex can tell."""
        ...

    def first(self, part: Part, since: date) -> list[str]:
        """The id of one row, if there is one. Raises CredentialsError where it may not be read."""
        ...


class Pulls(Protocol):
    """The pulls of one connection, one at a time for each part, with what they read."""

    def now(self) -> datetime:
        """The clock that all workers share."""
        ...

    def begin(self, part: Part, since: date, until: date) -> Pull | None:
        """Go on with the part's pull that was broken off, or begin one; None while one goes on."""
        ...

    def keep(self, pull: Pull, page: PulledPage) -> Pull:
        """Keep a page and where the next one begins, together. Raises LeaseLostError."""
        ...

    def start_over(self, pull: Pull) -> Pull:
        """Forget where the next page begins; what was kept stays. Raises LeaseLostError."""
        ...

    def put_off(self, pull: Pull, why: str) -> Pull:
        """Leave a pull for another time, which goes on where this one is."""
        ...

    def finish(self, pull: Pull, error: str = "") -> Pull:
        """End a pull. Where it was read whole, what Brex shows no more is marked as gone."""
        ...

    def last_whole(self, part: Part) -> Pull | None:
        """The last pull of a part that was read whole."""
        ...

    def cash_accounts(self) -> list[str]:
        """The ids of the cash accounts that Brex shows."""
        ...

    def waiting_since(self, since: date) -> date | None:
        """The first day, from one on, with a transaction whose expense no record shares yet."""
        ...
