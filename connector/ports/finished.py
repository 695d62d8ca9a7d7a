"""Finished records, and what Brex changed behind them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from connector.domain.reasons import Hold
from connector.domain.records import Leased


@dataclass(frozen=True, slots=True)
class Finished:
    """A record of which documents stand; `payload` is what Brex had sent when they were made.

    It was `version` then; `compared` is the last one that was held against it. Nobody has been at
    the record since it was at this `attempt`.
    """

    id: int
    record_id: str
    attempt: int
    version: int
    compared: int
    payload: Mapping[str, Any]


class FinishedRecords(Protocol):
    """Records whose documents stand, compared with what Brex has by now."""

    def changed(self, connection_id: int, versions: Mapping[str, int]) -> list[Finished]:
        """Of these records, those that are finished, and were last compared in another version."""
        ...

    def announced(self, connection_id: int, limit: int) -> list[str]:
        """Exported records that Brex announced again and nobody has compared since."""
        ...

    def heeded(self, connection_id: int, record_ids: Sequence[str]) -> None:
        """Note that what was announced of exported records has been compared."""
        ...

    def in_hand(self, leased: Sequence[Leased]) -> list[Finished]:
        """Those of the leased that Brex announced again after writing had begun."""
        ...

    def tell(self, rows: Sequence[tuple[Finished, int, Hold]]) -> set[int]:
        """Have a person look at records that Brex has in a `version` that differs."""
        ...

    def note(self, rows: Sequence[tuple[Finished, int]]) -> None:
        """Note versions in which nothing differs."""
        ...
