"""The AP ledger: what was posted, by payee, supplier, invoice number and invoice year."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

Key = tuple[int, str, str, str, str, str]


@dataclass(slots=True)
class Posted:
    """One posted invoice. `since_s` is when it became visible; `lines` grow under APS100MI only."""

    cono: int
    divi: str
    head: dict[str, str]
    year: str
    voucher: int
    since_s: float
    source: str
    paid: bool = False
    lines: list[dict[str, str]] = field(default_factory=list)
    lines_since_s: list[float] = field(default_factory=list)

    @property
    def day(self) -> str:
        """Its accounting date."""
        return self.head.get("ACDT") or self.head["IVDT"]

    @property
    def key(self) -> Key:
        """What the AP ledger knows it by."""
        head = self.head
        return self.cono, self.divi, head["SPYN"], head["SUNO"], head["SINO"], self.year


class Ledger:
    """Posted invoices with their index; numbers vouchers."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forgets all invoices."""
        with self.lock:
            self._voucher = 7_000_000
            self._by_key: dict[Key, list[Posted]] = {}
            self._by_day: dict[str, list[Posted]] = {}
            self._years: dict[str, None] = {}

    def next_voucher(self) -> int:
        """A voucher number that was not used before."""
        with self.lock:
            self._voucher += 1
            return self._voucher

    def post(self, posted: Posted) -> None:
        """Adds an invoice; a second one of the same number is not refused here."""
        with self.lock:
            self._by_key.setdefault(posted.key, []).append(posted)
            self._by_day.setdefault(posted.day, []).append(posted)
            self._years[posted.year] = None

    def remove(self, posted: Posted) -> None:
        """Takes an invoice out of the ledger, as nobody should be able to."""
        with self.lock:
            self._by_key[posted.key].remove(posted)
            self._by_day[posted.day].remove(posted)

    def on(self, first: str, last: str, moment_s: float) -> list[Posted]:
        """Invoices with an accounting date from `first` to `last` that are visible at a moment."""
        with self.lock:
            days = sorted(day for day in self._by_day if first <= day <= last)
            known = [one for day in days for one in self._by_day[day]]
        return [one for one in known if one.since_s <= moment_s]

    def taken(self, key: Key) -> bool:
        """Whether the number is used, or will be by an update already submitted."""
        return bool(self._by_key.get(key))

    def find(self, key: Key, moment_s: float) -> list[Posted]:
        """Posted invoices of the number that are visible at a moment, oldest first."""
        return [one for one in self._by_key.get(key, ()) if one.since_s <= moment_s]

    def years(self) -> list[str]:
        """The invoice years in use."""
        return list(self._years)

    def everything(self) -> list[Posted]:
        """Every invoice, those not visible yet too."""
        with self.lock:
            return [one for several in self._by_key.values() for one in several]
