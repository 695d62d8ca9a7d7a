"""Safety switches of a connection: whether it posts at all, and how much in a day."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from connector.domain.documents import Document
from connector.domain.reasons import Hold, Reason


class Mode(StrEnum):
    """Whether a connection posts."""

    #: Records go all the way.
    LIVE = "live"
    #: Records are fetched, mapped and checked, and rest: nothing is written to the ERP or to Brex.
    SHADOW = "shadow"


@dataclass(frozen=True, slots=True)
class PostingConfig:
    """`mode`, and the `[limits]` section; None: as much as there is.

    The amount is one for each currency by itself, in that of the documents.
    """

    mode: Mode = Mode.LIVE
    documents_per_day: int | None = None
    amount_per_day: Decimal | None = None

    @property
    def is_limited(self) -> bool:
        """Whether documents have to be counted."""
        return self.documents_per_day is not None or self.amount_per_day is not None


@dataclass(slots=True)
class Tally:
    """What was begun on a day: the number of documents, and the amount in each currency."""

    day: date
    documents: int = 0
    amounts: dict[str, Decimal] = field(default_factory=dict)

    def take(self, documents: Sequence[Document], limits: PostingConfig) -> Hold | None:
        """Count all of a record's documents, or say why none of them may begin that day."""
        added = _amounts(documents)
        hold = self._beyond(len(documents), added, limits)
        if hold is None:
            self.documents += len(documents)
            for currency, amount in added.items():
                self.amounts[currency] = self.amounts.get(currency, Decimal(0)) + amount
        return hold

    def _beyond(
        self, documents: int, added: Mapping[str, Decimal], limits: PostingConfig
    ) -> Hold | None:
        most, highest = limits.documents_per_day, limits.amount_per_day
        if most is not None and self.documents + documents > most:
            begun = f"{self.documents} documents were begun on {self.day}, and {most} is the limit"
            return _hold(begun, "documents_per_day", str(most))
        for currency, amount in added.items():
            so_far = self.amounts.get(currency, Decimal(0))
            if highest is not None and so_far + amount > highest:
                begun = (
                    f"{so_far} {currency} were begun on {self.day}; {amount} more would be above"
                    f" the limit of {highest}"
                )
                return _hold(begun, "amount_per_day", str(highest))
        return None


def _amounts(documents: Sequence[Document]) -> dict[str, Decimal]:
    added: dict[str, Decimal] = {}
    for one in documents:
        added[one.currency] = added.get(one.currency, Decimal(0)) + one.size
    return added


def _hold(begun: str, setting: str, value: str) -> Hold:
    return Hold(Reason.LIMIT_REACHED, begun, f"limits.{setting}", value)
