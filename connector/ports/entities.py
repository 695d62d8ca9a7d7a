"""What is remembered of the billing entities of expenses."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from connector.domain.accounting import BillingEntity


class EntityStore(Protocol):
    """The billing entities of one connection's expenses, each asked of Brex once."""

    def known(self, expense_ids: Sequence[str]) -> dict[str, BillingEntity]:
        """The entities that are kept, of these expenses."""
        ...

    def keep(self, entities: Mapping[str, BillingEntity]) -> None:
        """Keep entities; one that is kept already stays."""
        ...
