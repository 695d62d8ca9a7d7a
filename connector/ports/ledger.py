"""The documents that an ERP has, as the reconciliation sees them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Protocol

from connector.domain.ledger import ErpDocument, Expected, NotOffered, Unreadable


class DocumentReader(Protocol):
    """Reads an ERP by a client that can write nothing, with the background's share of the budget.

    Both readings come bit by bit, in bounded memory, and raise nothing for what the ERP does.
    """

    def documents(
        self, known: Iterable[Expected], since: date, until: date
    ) -> Iterator[ErpDocument | Unreadable]:
        """Every document that the ERP has under each number; nothing where it has none.

        Spare drafts and duplicates come like any other. A document whose own look-up failed is
        Unreadable, once. Entries of the general ledger are looked for from `since` to `until`, and
        cost least in the order of their accounting dates.
        """
        ...

    def others(
        self, since: date, until: date, *, suppliers: Collection[str]
    ) -> Iterator[ErpDocument | Unreadable | NotOffered]:
        """Posted documents of these days that are not expected, as far as the tenant allows.

        Those of the suppliers, those on the connection's offset accounts, and everything under a
        number of our form: which of these are known, the caller's store says.
        """
        ...
