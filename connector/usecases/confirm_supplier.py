"""Confirm a supplier: a person says which of the ERP's suppliers a merchant is."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from connector.domain.accounting import Vendor
from connector.errors import RefusedError
from connector.ports import Actions, MerchantStore, Moved, Nudger, SupplierSource
from connector.usecases.retry_records import nudge

_CHUNK = 500


@dataclass(frozen=True, slots=True)
class Released:
    """Records that waited and go on, and those that are mapped anew before they are posted."""

    waiting: list[Moved] = field(default_factory=list)
    mapped: list[Moved] = field(default_factory=list)


def confirm_supplier(
    merchant: Vendor,
    supplier: str,
    *,
    given: Mapping[str, str],
    merchants: MerchantStore,
    source: SupplierSource,
    actions: Actions,
    nudger: Nudger,
) -> Released:
    """Remember that a merchant is that supplier, and let every record go on that waits for it.

    The same to correct an earlier word. A record of which anything was begun in the ERP keeps the
    supplier that it has. `given` are the suppliers of the mapping file, which go before the map.
    Raises RefusedError where they name another for the merchant, and where the ERP has no such
    supplier, or has it blocked.
    """
    remember_supplier(merchant, supplier, merchants=merchants, source=source, given=given)
    return release_merchants([merchant.id], merchants=merchants, actions=actions, nudger=nudger)


def remember_supplier(
    merchant: Vendor,
    supplier: str,
    *,
    merchants: MerchantStore,
    source: SupplierSource,
    given: Mapping[str, str],
) -> None:
    """Remember that a merchant is that supplier; nothing goes on yet.

    Raises RefusedError as `confirm_supplier` does.
    """
    _check_mapping(merchant, supplier, given)
    _check(supplier, source)
    merchants.confirm(merchant, supplier)


def map_anew(
    merchant_ids: Sequence[str], *, merchants: MerchantStore, actions: Actions, nudger: Nudger
) -> list[Moved]:
    """Have records mapped again that have another supplier, and of which nothing was begun."""
    return move_all(partial(merchants.unbegun, merchant_ids), actions.begin_again, nudger)


def release_merchants(
    merchant_ids: Sequence[str], *, merchants: MerchantStore, actions: Actions, nudger: Nudger
) -> Released:
    """Let go on what waits for the suppliers of these merchants, now that they are known."""
    return Released(
        move_all(partial(merchants.waiting, merchant_ids), actions.retry, nudger),
        map_anew(merchant_ids, merchants=merchants, actions=actions, nudger=nudger),
    )


def move_all(
    find: Callable[..., list[int]], move: Callable[[Sequence[int]], list[Moved]], nudger: Nudger
) -> list[Moved]:
    """Move all records that are found above a number, some at a time; those that moved."""
    moved: list[Moved] = []
    after = 0
    while ids := find(after=after, limit=_CHUNK):
        after = ids[-1]
        here = move(ids)
        nudge(here, nudger)
        moved += here
    return moved


def _check_mapping(merchant: Vendor, supplier: str, given: Mapping[str, str]) -> None:
    if given.get(merchant.id, supplier) != supplier:
        raise RefusedError(
            f"[mapping.suppliers] names {given[merchant.id]} for {merchant.id}, and goes before"
            " what is confirmed: change it there",
            code="named_in_mapping",
        )


def _check(supplier: str, source: SupplierSource) -> None:
    known = source.find(supplier)
    if known is None and source.changed_at() is not None:
        raise RefusedError(
            f"the ERP has no supplier {supplier}; if it is new, have the suppliers read"
            " again first (sync suppliers)",
            code="no_such_supplier",
        )
    if known is not None and known.blocked:
        raise RefusedError(
            f"the ERP has supplier {supplier} blocked; open it there, or name another",
            code="supplier_blocked",
        )
