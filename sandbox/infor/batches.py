"""Supplier invoice batches (APS450) and their indexes."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from sandbox.versions import Versions

#: CONO, DIVI, SPYN, SUNO, SINO.
NumberKey = tuple[int, str, str, str, str]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a validation comes to; decided when it is submitted, seen as time goes on."""

    submitted_s: float
    supa: int
    #: Seconds after the submission at which BIST 8 ends, and at which BIST 9 ends.
    validated_s: float
    updated_s: float
    stuck: bool = False
    head_error: int = 1
    line_error: int = 1
    voucher: int = 0
    year: str = ""


@dataclass(frozen=True, slots=True)
class Batch:
    """One batch at one version. `lines` are records as they were sent, with their TRNO."""

    inbn: str
    cono: int
    divi: str
    head: dict[str, str]
    lines: tuple[dict[str, str], ...] = ()
    infos: tuple[dict[str, str], ...] = ()
    outcome: Outcome | None = None
    deleted: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """SUPA, BIST, IBHE, IBLE and the voucher number (0 until updated) at a moment."""

    supa: int
    bist: int
    ibhe: int = 0
    ible: int = 0
    voucher: int = 0
    year: str = ""


def status_at(batch: Batch, moment_s: float) -> Status:
    """How the batch stands at a monotonic second."""
    outcome = batch.outcome
    if outcome is None:
        return Status(10, 0)
    passed_s = moment_s - outcome.submitted_s
    if outcome.stuck or passed_s < outcome.validated_s:
        return Status(10, 8)
    errors = outcome.head_error, outcome.line_error
    if outcome.supa == 90 and passed_s < outcome.updated_s:
        return Status(20, 9, *errors)
    if outcome.supa == 90:
        return Status(90, 0, *errors, outcome.voucher, outcome.year)
    return Status(outcome.supa, 0, *errors)


class BatchStore:
    """All batches by INBN, with indexes by payee and by supplier invoice number."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self.clear()

    def clear(self) -> None:
        """Forgets all batches."""
        with self.lock:
            self._next = 1000
            self._batches: dict[str, Versions[Batch]] = {}
            self._by_number: dict[NumberKey, list[str]] = {}
            self._by_payee: dict[tuple[int, str, str], list[str]] = {}

    def add(self, cono: int, divi: str, head: dict[str, str]) -> Batch:
        """A new batch with the next INBN."""
        with self.lock:
            self._next += 1
            batch = Batch(str(self._next), cono, divi, head)
            self._batches[batch.inbn] = Versions(batch)
            self._index(batch)
            return batch

    def set(self, batch: Batch) -> None:
        """Makes this the newest version of its batch."""
        with self.lock:
            versions = self._batches[batch.inbn]
            moved = number_key(versions.latest) != number_key(batch)
            versions.set(batch)
            if moved:
                self._index(batch)

    def get(self, inbn: str, as_of_s: float | None = None) -> Batch | None:
        """The batch as of a moment (None: now); None when there is none or it was deleted."""
        versions = self._batches.get(inbn.lstrip("0"))
        batch = versions.at(as_of_s) if versions else None
        return None if batch is None or batch.deleted else batch

    def by_number(self, key: NumberKey, as_of_s: float | None) -> list[Batch]:
        """Batches of one supplier invoice number, oldest first."""
        found = self._read(self._by_number.get(key, ()), as_of_s)
        return [batch for batch in found if number_key(batch) == key]

    def by_payee(self, cono: int, divi: str, spyn: str, as_of_s: float | None) -> Iterator[Batch]:
        """Batches of one payee, oldest first."""
        found = self._read(self._by_payee.get((cono, divi, spyn), ()), as_of_s)
        return (batch for batch in found if batch.head["SPYN"] == spyn)

    def everything(self) -> list[Batch]:
        """Every batch in the order of INBN, deleted ones too."""
        with self.lock:
            return [versions.latest for versions in self._batches.values()]

    def _read(self, inbns: Iterable[str], as_of_s: float | None) -> Iterator[Batch]:
        for inbn in tuple(inbns):
            if batch := self.get(inbn, as_of_s):
                yield batch

    def _index(self, batch: Batch) -> None:
        by_number = self._by_number.setdefault(number_key(batch), [])
        by_payee = self._by_payee.setdefault((batch.cono, batch.divi, batch.head["SPYN"]), [])
        for inbns in (by_number, by_payee):
            if batch.inbn not in inbns[-1:]:
                inbns.append(batch.inbn)


def number_key(batch: Batch) -> NumberKey:
    """What LstInvBySupInv finds a batch by."""
    head = batch.head
    return batch.cono, batch.divi, head["SPYN"], head["SUNO"], head.get("SINO", "")


def with_line(batch: Batch, line: dict[str, str]) -> Batch:
    """The batch with one more line; its TRNO counts from 1."""
    numbered = {"TRNO": str(len(batch.lines) + 1), **line}
    return replace(batch, lines=(*batch.lines, numbered))
