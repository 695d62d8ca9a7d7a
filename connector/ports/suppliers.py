"""Merchants, and the register of suppliers that they are looked for in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.domain.accounting import Vendor
from connector.domain.suppliers import Match, Supplier


@dataclass(frozen=True, slots=True)
class SupplierRegister:
    """The suppliers of a reading that was kept, or None where there was none yet."""

    read_at: datetime | None
    suppliers: Iterable[Supplier] = ()


class SupplierSource(Protocol):
    """The ERP's suppliers, as they were last read."""

    def changed_at(self) -> datetime | None:
        """When a reading last found something new; None before the first."""
        ...

    def register(self) -> SupplierRegister:
        """All suppliers; those that are gone from the ERP count as blocked."""
        ...

    def find(self, number: str) -> Supplier | None:
        """One supplier; None where the ERP has none of that number."""
        ...


@dataclass(frozen=True, slots=True)
class Basis:
    """By which reading of the suppliers merchants are matched, None for none; and how strictly."""

    register_at: datetime | None
    thresholds: str


class Matcher(Protocol):
    """Finds suppliers by name and number."""

    @property
    def basis(self) -> Basis:
        """What is matched by now; what was matched by something else is matched anew."""
        ...

    def match(self, names: Sequence[str]) -> tuple[list[Match], Basis]:
        """The match of each name, and what they were matched by."""
        ...


@dataclass(frozen=True, slots=True)
class KnownMerchant:
    """A merchant as the map has it. `is_blocked`: the ERP blocks its supplier, or has it no more.

    `basis` is what it was matched by.
    """

    id: str
    name: str
    match: Match
    basis: Basis
    is_blocked: bool = False


class MerchantStore(Protocol):
    """The map of one connection: which supplier each merchant or vendor is."""

    def known(self, merchant_ids: Sequence[str]) -> dict[str, KnownMerchant]:
        """Those of these merchants that the map has."""
        ...

    def keep(self, matched: Mapping[Vendor, Match], basis: Basis) -> dict[str, KnownMerchant]:
        """Keep matches; how each merchant stands then.

        What a person confirmed stays, and what was matched by a newer reading.
        """
        ...

    def confirm(self, merchant: Vendor, supplier: str) -> None:
        """Note that a person says so. A name of "" leaves the one that is known."""
        ...

    def stale(self, basis: Basis, *, after: str, limit: int) -> list[Vendor]:
        """Merchants above an id that were matched by something else, and by no person.

        And those that are not in the map, though records are held for want of their supplier.
        """
        ...

    def merchant_of(self, record: int) -> Vendor | None:
        """The merchant or vendor of a record; None where Brex names none."""
        ...

    def count_waiting(self, merchant_id: str) -> int:
        """How many held records want the supplier of a merchant."""
        ...

    def waiting(self, merchant_ids: Sequence[str], *, after: int, limit: int) -> list[int]:
        """Held records above a number that want the supplier of one of these merchants."""
        ...

    def left_behind(self, *, after: int, limit: int) -> list[int]:
        """Held records above a number whose merchant has a supplier all the same.

        Who found it died before they went on.
        """
        ...

    def unbegun(self, merchant_ids: Sequence[str], *, after: int, limit: int) -> list[int]:
        """Records that were mapped with another supplier, and of which nothing was begun."""
        ...
