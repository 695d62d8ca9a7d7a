"""One thing that differs between two versions of a record or a document."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that differs: where, and how it was and is; "" where one side has none."""

    place: str
    old: str
    new: str

    def __str__(self) -> str:
        return f"{self.place}: {self.old or 'nothing'} ▶ {self.new or 'nothing'}"
