"""Choose a supplier: what a person is shown of a merchant, and takes of what was proposed."""

from __future__ import annotations

from dataclasses import dataclass

from connector.domain.accounting import Vendor
from connector.domain.suppliers import Match
from connector.errors import RefusedError
from connector.ports import KnownMerchant, MerchantStore


@dataclass(frozen=True, slots=True)
class SupplierChoice:
    """A merchant, what the map has of it, and how many held records want its supplier.

    `match.candidates` are the five best, with their scores; `match.supplier` is None where nobody
    is it for sure.
    """

    merchant: Vendor
    match: Match
    waiting: int


def choice_for_record(record: int, *, merchants: MerchantStore) -> SupplierChoice | None:
    """What there is to choose for the merchant or vendor of a record; None where it has none.

    Of one that the map does not have, nothing yet.
    """
    merchant = merchants.merchant_of(record)
    if merchant is None:
        return None
    known = merchants.known([merchant.id]).get(merchant.id)
    return SupplierChoice(
        merchant,
        known.match if known else Match(None, None),
        merchants.count_waiting(merchant.id),
    )


def proposed(merchant_id: str, supplier: str | None, *, merchants: MerchantStore) -> str:
    """The supplier to confirm: the one that is named, if it was proposed, else the best proposal.

    Raises RefusedError where the map does not have the merchant, or proposes no such supplier, or
    its best candidates are equally good.
    """
    known = merchants.known([merchant_id]).get(merchant_id)
    if known is None:
        raise RefusedError(
            f"no record of a merchant {merchant_id} was mapped yet; name its supplier with"
            " ml-connector suppliers set",
            code="no_such_merchant",
        )
    return _named(known, supplier) if supplier else _best(known)


def _named(known: KnownMerchant, supplier: str) -> str:
    if supplier not in _proposals(known):
        raise RefusedError(
            f"{supplier} was not proposed for {known.id} {known.name}; if it is the supplier all"
            " the same: ml-connector suppliers set",
            code="not_proposed",
        )
    return supplier


def _best(known: KnownMerchant) -> str:
    proposals = [] if known.is_blocked else _proposals(known)
    scores: list[float] = [one.score for one in known.match.candidates]
    if not proposals:
        raise RefusedError(
            f"no supplier is proposed for {known.id} {known.name}; name it with ml-connector"
            " suppliers set",
            code="nothing_proposed",
        )
    if known.match.supplier is None and scores.count(scores[0]) > 1:
        raise RefusedError(
            f"several suppliers are as like {known.id} {known.name}: name one of"
            f" {', '.join(proposals)}",
            code="several_proposed",
        )
    return proposals[0]


def _proposals(known: KnownMerchant) -> list[str]:
    found = [known.match.supplier] if known.match.supplier else []
    return list(dict.fromkeys([*found, *(one.number for one in known.match.candidates)]))
