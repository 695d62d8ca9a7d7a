"""Hints to the workers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from connector.domain.records import Step


class Nudger(Protocol):
    """Sends hints to workers. A hint that is lost changes nothing but time."""

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint that records wait for a step. Never raises: a hint may fail."""
        ...

    def refetch_secrets(self, connection: str) -> None:
        """Hint that Brex may sign with a secret that is not stored; one a minute is sent."""
        ...


class SweepNudger(Nudger, Protocol):
    """Hints at what the sweep alone finds, too."""

    def fetch_receipts(self, connection: str) -> None:
        """Hint that receipts wait to be got, behind all other hints. Never raises."""
        ...
