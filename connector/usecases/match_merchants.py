"""Match merchants: once the ERP's suppliers have changed, look for those of every merchant anew."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from connector.domain.suppliers import Match
from connector.ports import Actions, KnownMerchant, Nudger
from connector.usecases.confirm_supplier import move_all, release_merchants
from connector.usecases.find_suppliers import FindSuppliers

_PAGE = 500


@dataclass(slots=True)
class MatchReport:
    """How many merchants were looked for, how many have a supplier now, what goes on for that.

    `lost` are those that had one: the ERP has blocked it, or others are as like.
    """

    looked_at: int = 0
    matched: int = 0
    lost: int = 0
    released: int = 0

    @property
    def summary(self) -> str:
        """One clause: `of 12 merchants 9 have a supplier, 1 has none any more; 4 records go on`."""
        lost = f", {self.lost} no more" if self.lost else ""
        told = f"of {self.looked_at} merchants {self.matched} have a supplier{lost}"
        return f"{told}; {self.released} records go on"


def match_merchants(find: FindSuppliers, *, actions: Actions, nudger: Nudger) -> MatchReport:
    """Match all that no person has confirmed; what waits for those that are found goes on.

    What was held or mapped with a supplier that is lost is mapped anew. A second call finds nothing
    to do until the suppliers change again, but what one that died has left.
    """
    report, after, basis = MatchReport(), "", find.matcher.basis
    while page := find.merchants.stale(basis, after=after, limit=_PAGE):
        after = page[-1].id
        before = find.merchants.known([one.id for one in page])
        matches = find.run(page, keep=True)
        found = [its_id for its_id, match in matches.items() if match.supplier]
        lost = _lost(before, matches)
        released = release_merchants(
            [*found, *lost], merchants=find.merchants, actions=actions, nudger=nudger
        )
        report.looked_at += len(page)
        report.matched += len(found)
        report.lost += len(lost)
        report.released += len(released.waiting) + len(released.mapped)
    report.released += len(move_all(find.merchants.left_behind, actions.retry, nudger))
    return report


def _lost(before: Mapping[str, KnownMerchant], matches: Mapping[str, Match]) -> list[str]:
    had = {its_id for its_id, one in before.items() if one.match.supplier}
    return [its_id for its_id, match in matches.items() if its_id in had and not match.supplier]
