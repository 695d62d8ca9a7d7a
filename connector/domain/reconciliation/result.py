"""The result of a reconciliation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from connector.domain.reconciliation.items import Ending, Item
from connector.domain.reconciliation.totals import ControlTotals


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How the items of a window ended, with their totals; `until` is not part of it.

    `lacking` is what could not be read on either side: without it nothing is proved. `unlisted` is
    what a tenant does not show, so that items of others, of cash or of statements may be missing.
    """

    connection: str
    since: date
    until: date
    started_at: datetime
    items: Sequence[Item]
    totals: ControlTotals
    lacking: Sequence[str] = ()
    unlisted: Sequence[str] = ()

    @property
    def faults(self) -> list[str]:
        """Why the window is not proved; empty where it is."""
        return [*self.lacking, *self.totals.faults]

    @property
    def is_proved(self) -> bool:
        """Whether the difference of both sides is explained to the cent by listed items."""
        return not self.faults

    @property
    def endings(self) -> Counter[Ending]:
        """How many items ended how."""
        return Counter(one.ending for one in self.items)

    @property
    def summary(self) -> str:
        """One sentence: `proved: 812 matched, 3 held`."""
        counts = self.endings
        told = [f"{counts[one]} {one.replace('_', ' ')}" for one in Ending if counts[one]]
        return f"{'proved' if self.is_proved else 'not proved'}: {', '.join(told) or 'nothing'}"

    def ended(self, ending: Ending) -> list[Item]:
        """The items that ended so, the oldest first."""
        return sorted(
            (one for one in self.items if one.ending is ending), key=lambda it: (it.day, it.name)
        )
