"""What is remembered of the billing entities of expenses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.accounting import BillingEntity


class EntityStore(Protocol):
    """The billing entities of one connection's expenses, as Brex said last."""

    def known(
        self, expense_ids: Sequence[str], *, within_s: float | None = None
    ) -> dict[str, BillingEntity]:
        """The entities that are kept, of these expenses; those asked for so recently alone."""
        ...

    def keep(self, entities: Mapping[str, BillingEntity]) -> None:
        """Keep entities, as they were just asked for."""
        ...
