"""Which supplier in the ERP stands for a merchant or an employee."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from connector.domain.accounting import Vendor


@dataclass(frozen=True, slots=True)
class SupplierDirectory:
    """Suppliers as `[mapping.suppliers]` has them, by merchant, vendor or user id.

    `fallback` is the supplier of every merchant that has none of its own; "" means that there is
    no such supplier.
    """

    suppliers: Mapping[str, str] = field(default_factory=dict)
    fallback: str = ""

    def has(self, vendor: Vendor) -> bool:
        """Whether the supplier of a merchant is given here."""
        return bool(self.suppliers.get(vendor.id.strip()))

    def supplier_of(self, vendor: Vendor | None, matched: str | None = None) -> str | None:
        """The supplier number of a merchant, else the one it was matched to, else the fallback."""
        own = self.suppliers.get(vendor.id.strip()) if vendor else None
        return own or matched or self.fallback or None

    def supplier_of_employee(self, user_id: str | None) -> str | None:
        """The supplier number of an employee; what is owed to people falls back to nobody."""
        return self.suppliers.get(user_id) if user_id else None
