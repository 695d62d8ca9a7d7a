"""Find suppliers: which of the ERP's suppliers each merchant or vendor is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from connector.domain.accounting import Vendor
from connector.domain.suppliers import Found, Match
from connector.ports import KnownMerchant, Matcher, MerchantStore


@dataclass(frozen=True, slots=True)
class FindSuppliers:
    """Asks the map first, and matches what it does not know, or has matched by something else."""

    merchants: MerchantStore
    matcher: Matcher

    def run(self, merchants: Iterable[Vendor], *, keep: bool) -> dict[str, Match]:
        """The match of each merchant, by id. With `keep`, new ones go into the map."""
        named = {one.id: one for one in merchants}
        known = self.merchants.known(list(named))
        found = {its_id: _standing(one) for its_id, one in known.items() if _is_confirmed(one)}
        rest = {its_id: one for its_id, one in named.items() if its_id not in found}
        return found | self._match(rest, known, keep=keep) if rest else found

    def _match(
        self, merchants: Mapping[str, Vendor], known: Mapping[str, KnownMerchant], *, keep: bool
    ) -> dict[str, Match]:
        basis = self.matcher.basis
        found = {
            its_id: known[its_id].match
            for its_id, one in merchants.items()
            if its_id in known and (known[its_id].name, known[its_id].basis) == (one.name, basis)
        }
        new = [one for its_id, one in merchants.items() if its_id not in found]
        if not new:
            return found
        matches, basis = self.matcher.match([one.name for one in new])
        matched = dict(zip(new, matches, strict=True))
        if not keep:
            return found | {one.id: match for one, match in matched.items()}
        stand = self.merchants.keep(matched, basis)
        return found | {its_id: _standing(one) for its_id, one in stand.items()}


def _is_confirmed(merchant: KnownMerchant) -> bool:
    return merchant.match.found is Found.CONFIRMED


def _standing(merchant: KnownMerchant) -> Match:
    """The match of a merchant; no supplier that a person confirmed and the ERP does not have."""
    if merchant.is_blocked and _is_confirmed(merchant):
        return replace(merchant.match, supplier=None, blocked=merchant.match.supplier or "")
    return merchant.match
