"""What keeps the house in order: the sweep, the limits of a day, the removal of given-up drafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from connector.domain.documents import Document
from connector.domain.drafts import Draft
from connector.domain.reasons import Hold
from connector.domain.records import Leased, Step


@dataclass(frozen=True, slots=True)
class DueWork:
    """Records of a connection have been due for a step for a while."""

    connection: str
    erp: str
    step: Step


class Sweeping(Protocol):
    """Finds work that no hint has reached."""

    def due(self, *, overdue_s: float) -> list[DueWork]:
        """The connections with due and unleased records, by step."""
        ...

    def due_receipts(self, *, overdue_s: float) -> list[str]:
        """The connections with due and unleased files of receipts."""
        ...

    def hold_crash_loops(self) -> int:
        """Hold the records that were taken up again and again without an orderly end."""
        ...


class DailyLimits(Protocol):
    """How much one connection may begin to post on a day, whatever number of workers ask."""

    def admit(self, leased: Sequence[Leased]) -> list[tuple[Leased, Hold]]:
        """Count what these records begin; those that are beyond the limits, each with why.

        A document is counted once, until it is mapped anew.
        """
        ...


@dataclass(frozen=True, slots=True)
class Spare:
    """A draft that was given up, of a document as it was then; `now` is the database's clock.

    `decided` names the documents that were decided on for the record, "" where there is none.
    """

    leased: Leased
    draft: Draft
    document: Document
    decided: str
    now: datetime


class Spares(Protocol):
    """Drafts that were given up; rows are (record, draft, text)."""

    def lease(self, connection_id: int, batch: int, lease_s: float) -> list[Leased]:
        """Take finished records that have drafts to remove."""
        ...

    def load(self, leased: Sequence[Leased]) -> list[Spare]:
        """The drafts of these records that may be left in the ERP."""
        ...

    def locate(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Note the ERP's numbers of drafts that turned up late."""
        ...

    def removed(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Note drafts that are gone from the ERP, and how."""
        ...

    def validated(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Note drafts that somebody validated, and how; they are not looked for again."""
        ...

    def later(self, rows: Sequence[tuple[Leased, int, str]]) -> None:
        """Look again later, and note why; after enough looks a draft counts as never written."""
        ...

    def release(self, leased: Sequence[Leased]) -> None:
        """End the leases."""
        ...
