"""`mode`, and the `[limits]` section."""

from __future__ import annotations

from decimal import Decimal

from connector.connection_file import rules
from connector.connection_file.section import Section
from connector.domain.limits import Mode, PostingConfig

_MOST_DOCUMENTS = 10_000_000


def read_posting(top: Section) -> PostingConfig:
    """How much a connection posts, if anything."""
    mode = top.choice("mode", Mode.LIVE)
    limits = top.section("limits")
    if limits is None:
        return PostingConfig(mode)
    documents = limits.integer("documents_per_day", 0, low=1, high=_MOST_DOCUMENTS)
    amount = limits.text("amount_per_day", rules.amount)
    limits.close()
    return PostingConfig(mode, documents or None, Decimal(amount) if amount else None)
