"""Merchants and suppliers without a database."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

from connector.domain.suppliers import Found, Match, Supplier, SupplierMatching
from connector.ports import KnownMerchant, SupplierRegister
from connector.suppliers import RegisterMatcher
from connector.usecases.find_suppliers import FindSuppliers


class MemorySuppliers:
    """Implements `connector.ports.SupplierSource`; counts how often all are read."""

    def __init__(self, suppliers: Iterable[Supplier] | None = None) -> None:
        self.read_at: datetime | None = None
        self.readings = 0
        if suppliers is not None:
            self.replace(suppliers)

    def replace(self, suppliers: Iterable[Supplier]) -> None:
        start = datetime(2026, 11, 1, tzinfo=UTC)
        self.read_at = self.read_at + timedelta(hours=1) if self.read_at else start
        self.suppliers = {one.number: one for one in suppliers}

    def changed_at(self):
        return self.read_at

    def register(self):
        self.readings += 1
        return SupplierRegister(self.read_at, list(self.suppliers.values()))

    def find(self, number):
        return self.suppliers.get(number) if self.read_at else None


class MemoryMerchants(dict):
    """Implements what is asked of `connector.ports.MerchantStore`."""

    def known(self, merchant_ids):
        return {one: self[one] for one in merchant_ids if one in self}

    def keep(self, matched, basis):
        for merchant, match in matched.items():
            self[merchant.id] = KnownMerchant(merchant.id, merchant.name, match, basis)
        return self.known([one.id for one in matched])

    def confirm(self, merchant, supplier):
        match = Match(supplier, Found.CONFIRMED, 100.0)
        self[merchant.id] = KnownMerchant(merchant.id, merchant.name, match, None)


def find_suppliers(
    suppliers: MemorySuppliers | None = None, matching: SupplierMatching | None = None
) -> FindSuppliers:
    register = RegisterMatcher(
        suppliers or MemorySuppliers(), matching or SupplierMatching(enabled=True)
    )
    return FindSuppliers(MemoryMerchants(), register)
