"""Entries of the general ledger: batches of GLS840, and the vouchers that they become."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

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


class GeneralLedger:
    """All batches by key, and all vouchers in the order of their numbers."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forgets all of them."""
        with self.lock:
            self._journals: dict[JournalKey, Journal] = {}
            self._vouchers: list[Voucher] = []

    def add(self, journal: Journal) -> bool:
        """Adds a batch, unless its key is taken."""
        with self.lock:
            return self._journals.setdefault(journal.key, journal) is journal

    def remove(self, key: JournalKey) -> None:
        """Deletes a batch."""
        with self.lock:
            self._journals.pop(key, None)

    def get(self, key: JournalKey) -> Journal | None:
        """The batch of a key."""
        return self._journals.get(key)

    def journals(self, moment_s: float) -> Iterator[Journal]:
        """The batches there were at a moment."""
        with self.lock:
            known = list(self._journals.values())
        return (one for one in known if one.since_s <= moment_s)

    def post(self, voucher: Voucher) -> None:
        """Adds a voucher; a second one of the same batch is not refused here."""
        with self.lock:
            self._vouchers.append(voucher)

    def vouchers(self, moment_s: float) -> Iterator[Voucher]:
        """The vouchers that were to be seen at a moment."""
        with self.lock:
            known = list(self._vouchers)
        return (one for one in known if one.since_s <= moment_s)

    def next_journal(self) -> int:
        """A journal number (JRNO) that was not used before."""
        return len(self._vouchers) + 1
