"""The registers of an ERP, as the use cases see them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from connector.domain.master_data import Entry, Kind


class Registers(Protocol):
    """The master data of an ERP, for the companies that a connection posts to."""

    def pages(self, kind: Kind) -> Iterator[Sequence[Entry]]:
        """All entries of a kind, page by page, each once; takes the background's budget.

        Raises RetryLaterError or RefusedError where the ERP does not show all of them.
        """
        ...
