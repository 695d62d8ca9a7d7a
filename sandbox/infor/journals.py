"""Entries of the general ledger: batches of GLS840, and the vouchers that they become."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from sandbox.prefixes import Prefixes

#: CONO, DIVI, KEY1.
JournalKey = tuple[int, str, str]


@dataclass(frozen=True, slots=True)
class JournalLine:
    """One line as it was sent. `since_s` is when it was written."""

    record: dict[str, str]
    since_s: float


@dataclass(slots=True)
class Journal:
    """One batch: its head, its lines by LINE, and when it was given to the update, if it was."""

    key: JournalKey
    head: dict[str, str]
    since_s: float
    lines: dict[int, JournalLine] = field(default_factory=dict)
    updated_s: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Voucher:
    """One voucher of the ledger. `since_s` is when it became visible."""

    cono: int
    divi: str
    year: str
    number: int
    journal: int
    since_s: float
    rows: tuple[dict[str, str], ...]
    #: the batch that it came from; "" where a person entered it
    key: str = ""
    #: the FAM function that has posted it
    origin: str = "GL10"


class GeneralLedger:
    """All batches by key, and all vouchers in the order of their numbers."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forgets all of them."""
        with self.lock:
            self._journals: dict[JournalKey, Journal] = {}
            self._by_key: Prefixes[Journal] = Prefixes()
            self._vouchers: dict[int, Voucher] = {}
            self._by_text: Prefixes[int] = Prefixes()
            self._by_day: dict[str, dict[int, None]] = {}
            self._journal = 0

    def add(self, journal: Journal) -> bool:
        """Adds a batch, unless its key is taken."""
        with self.lock:
            if self._journals.setdefault(journal.key, journal) is not journal:
                return False
            self._by_key.add(journal.key[2], journal)
            return True

    def remove(self, key: JournalKey) -> None:
        """Deletes a batch."""
        with self.lock:
            self._journals.pop(key, None)

    def get(self, key: JournalKey) -> Journal | None:
        """The batch of a key."""
        return self._journals.get(key)

    def journals(self, moment_s: float, prefix: str = "") -> Iterator[Journal]:
        """The batches there were at a moment, whose key begins so."""
        with self.lock:
            known = list(self._by_key.starting(prefix) if prefix else self._journals.values())
        return (
            one for one in known if one.since_s <= moment_s and self._journals.get(one.key) is one
        )

    def post(self, voucher: Voucher) -> None:
        """Adds a voucher; a second one of the same batch is not refused here."""
        with self.lock:
            self._vouchers[voucher.number] = voucher
            for text in dict.fromkeys(row.get("VTXT", "") for row in voucher.rows):
                self._by_text.add(text, voucher.number)
            for row in voucher.rows:
                self._by_day.setdefault(row["ACDT"], {})[voucher.number] = None

    def take_out(self, number: int) -> None:
        """Takes a voucher out of the ledger, as nobody should be able to."""
        with self.lock:
            self._vouchers.pop(number)

    def voucher(self, number: int, moment_s: float) -> Voucher | None:
        """The voucher of a number, if it was to be seen at a moment."""
        return next(self._seen([number], moment_s), None)

    def vouchers(self, moment_s: float) -> Iterator[Voucher]:
        """The vouchers that were to be seen at a moment."""
        return self._seen(self._vouchers, moment_s)

    def on(self, first: str, last: str, moment_s: float) -> Iterator[Voucher]:
        """Those of them that have a row from `first` to `last`."""
        with self.lock:
            days = sorted(day for day in self._by_day if first <= day <= last)
            numbers = dict.fromkeys(number for day in days for number in self._by_day[day])
        return self._seen(numbers, moment_s)

    def texts(self, prefix: str, moment_s: float) -> Iterator[Voucher]:
        """Those of them that have a row whose text begins so."""
        with self.lock:
            numbers = dict.fromkeys(self._by_text.starting(prefix))
        return self._seen(numbers, moment_s)

    def next_journal(self) -> int:
        """A journal number (JRNO) that was not used before."""
        with self.lock:
            self._journal += 1
            return self._journal

    def _seen(self, numbers: Iterable[int], moment_s: float) -> Iterator[Voucher]:
        with self.lock:
            known = [self._vouchers[one] for one in numbers if one in self._vouchers]
        return (one for one in known if one.since_s <= moment_s)
