"""Match merchants: once the ERP's suppliers have changed, look for those of every merchant anew."""

from __future__ import annotations

from dataclasses import dataclass

from connector.ports import Actions, Nudger
from connector.usecases.confirm_supplier import release_merchants
from connector.usecases.find_suppliers import FindSuppliers

_PAGE = 500


@dataclass(slots=True)
class MatchReport:
    """How many merchants were looked at, how many have a supplier now, what went on for that."""

    looked_at: int = 0
    matched: int = 0
    released: int = 0


def match_merchants(find: FindSuppliers, *, actions: Actions, nudger: Nudger) -> MatchReport:
    """Match all that no person has confirmed; what waits for those that are found goes on.

    A second call finds nothing to do until the suppliers change again.
    """
    report, after, basis = MatchReport(), "", find.matcher.basis
    while page := find.merchants.stale(basis, after=after, limit=_PAGE):
        after = page[-1].id
        matches = find.run(page, keep=True)
        found = [its_id for its_id, match in matches.items() if match.supplier]
        released = release_merchants(
            found, merchants=find.merchants, actions=actions, nudger=nudger
        )
        report.looked_at += len(page)
        report.matched += len(found)
        report.released += len(released.waiting)
    return report
