"""Merchants, the ERP's suppliers, and which stands for which."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Supplier:
    """A supplier as the ERP has it, with its tax and organisation numbers as written there."""

    number: str
    name: str
    numbers: tuple[str, ...] = ()
    city: str = ""
    country: str = ""
    blocked: bool = False


@dataclass(frozen=True, slots=True)
class SupplierCandidate:
    """A supplier that a merchant may be; `score` is from 0 to 100, with one decimal."""

    number: str
    name: str
    score: float
    city: str = ""


class Found(StrEnum):
    """How a merchant's supplier was found."""

    #: A person said so.
    CONFIRMED = "confirmed"
    #: The merchant's name has a tax or organisation number that is one supplier's.
    NUMBER = "number"
    #: One supplier has the same name, but for case, accents, company form and place.
    EXACT = "exact"
    #: One supplier's name is like it, and no other's nearly as much.
    FUZZY = "fuzzy"


@dataclass(frozen=True, slots=True)
class Match:
    """The supplier of a merchant and how it was found; both None where nobody is it for sure.

    `candidates` are the best, at most five, none of them blocked. `blocked` is the supplier that a
    person confirmed, where the ERP has it blocked, or has it no more.
    """

    supplier: str | None
    found: Found | None
    score: float = 0.0
    candidates: tuple[SupplierCandidate, ...] = ()
    blocked: str = ""


@dataclass(frozen=True, slots=True)
class SupplierMatching:
    """Whether merchants are looked for among the ERP's suppliers, and what is taken by itself.

    That is a like name from the score `automatic` on, with the second `margin` behind it.
    """

    enabled: bool = True
    automatic: int = 92
    margin: int = 6

    @property
    def thresholds(self) -> str:
        """In short: what was matched by others is matched anew."""
        return f"{self.automatic}/{self.margin}" if self.enabled else ""
