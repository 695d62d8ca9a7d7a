"""What is remembered of the days for which an ERP refused documents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from connector.domain.reasons import Hold
from connector.domain.records import Leased


@dataclass(frozen=True, slots=True)
class RefusedDay:
    """A record whose document the ERP refused for its day, in a company: `100/AAA`."""

    leased: Leased
    company: str
    day: date
    hold: Hold


class RefusedDays(Protocol):
    """The days of one connection, for a policy that moves what falls into closed periods."""

    def known(self, *, within_s: float) -> frozenset[tuple[str, date]]:
        """The company and day of each refusal that is so recent."""
        ...

    def note(self, company: str, day: date) -> None:
        """Remember a refusal."""
        ...

    def begin_again(self, rows: Sequence[RefusedDay]) -> set[int]:
        """Remember the days, and have the records fetched and mapped anew; their history has why.

        In one transaction. A record of which a document was decided on stays held.
        """
        ...
