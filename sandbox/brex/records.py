"""Accounting records of the simulated Brex account, and the indexes over them."""

from __future__ import annotations

import bisect
import threading
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from heapq import merge
from typing import Any

from sandbox.brex.exact_json import dumps
from sandbox.clock import now_utc, rfc3339
from sandbox.versions import Versions

STATUSES = ("PREPARE", "REVIEW", "READY_FOR_EXPORT", "EXPORTED")
READY, EXPORTED = STATUSES[2], STATUSES[3]
SOURCE_TYPES = ("CARD", "REIMBURSEMENT", "BILL")


@dataclass(frozen=True, slots=True)
class State:
    """A record at one version; `text` is its JSON."""

    raw: dict[str, Any]
    text: str

    @property
    def status(self) -> str:
        """The review status."""
        return str(self.raw["review_status"])

    @property
    def key(self) -> tuple[str, str]:
        """Where it stands in an index: by time of change, then id."""
        return self.raw["updated_at"], self.raw["id"]

    def single_entry(self) -> str:
        """The record without its offsetting (uncoded) lines."""
        lines = [line for line in self.raw["line_items"] if line["accounting_field_values"]]
        return dumps({**self.raw, "line_items": lines or self.raw["line_items"][:1]})


@dataclass(slots=True)
class Record:
    """A record, its past, and the export results it was given."""

    versions: Versions[State]
    exports: list[dict[str, Any]] = field(default_factory=list)
    #: Reports that came when the record was not ready for export.
    refused_exports: int = 0


@dataclass(frozen=True, slots=True)
class Query:
    """A filter; `lo` and `hi` are timestamps as text, with whether the bound itself counts."""

    status: str | None = None
    source_type: str | None = None
    lo: tuple[str, bool] | None = None
    hi: tuple[str, bool] | None = None

    def takes(self, state: State) -> bool:
        """Whether a record fits the filter."""
        moment = state.raw["updated_at"]
        if self.status not in (None, state.status):
            return False
        if self.source_type not in (None, state.raw["source_type"]):
            return False
        if self.lo and (moment < self.lo[0] or (moment == self.lo[0] and not self.lo[1])):
            return False
        return not (self.hi and (moment > self.hi[0] or (moment == self.hi[0] and not self.hi[1])))


class RecordStore:
    """All records; every method is one step, under one lock."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._records: dict[str, Record] = {}
        self._by_status: dict[str, list[tuple[str, str]]] = {name: [] for name in STATUSES}

    def clear(self) -> None:
        """Forgets all records."""
        with self.lock:
            self._records.clear()
            for keys in self._by_status.values():
                keys.clear()

    def put(self, raw: dict[str, Any]) -> None:
        """Adds a record, or makes it the next version of the one with its id."""
        state = State(raw, dumps(raw))
        with self.lock:
            known = self._records.get(raw["id"])
            if known is None:
                self._records[raw["id"]] = Record(Versions(state))
            else:
                self._unindex(known.versions.latest)
                known.versions.set(state)
            bisect.insort(self._by_status[state.status], state.key)

    def move(self, record_id: str, status: str, moment: datetime | None = None) -> None:
        """Gives a record another review status, a version and a time."""
        with self.lock:
            raw = self._records[record_id].versions.latest.raw
            changed = {
                "review_status": status,
                "version": raw["version"] + 1,
                "updated_at": rfc3339(moment or now_utc()),
            }
            self.put({**raw, **changed})

    def get(self, record_id: str) -> Record | None:
        """The record with its past, None when there is none."""
        return self._records.get(record_id)

    def state(self, record_id: str, as_of_s: float | None = None) -> State | None:
        """The record as of a moment (None: now); None when it did not exist."""
        record = self._records.get(record_id)
        return record.versions.at(as_of_s) if record else None

    def ids(self, status: str | None = None) -> list[str]:
        """All ids, or those of one review status, oldest change first."""
        with self.lock:
            if status is None:
                return list(self._records)
            return [record_id for _, record_id in self._by_status[status]]

    def page(
        self, query: Query, after: tuple[str, str] | None, limit: int, as_of_s: float | None = None
    ) -> tuple[list[State], bool]:
        """Up to `limit` records behind `after`, oldest change first, and whether more follow."""
        found: list[State] = []
        with self.lock:
            for state in self._walk(query, after, as_of_s):
                if query.hi and state.raw["updated_at"] > query.hi[0]:
                    break
                if not query.takes(state):
                    continue
                if len(found) == limit:
                    return found, True
                found.append(state)
        return found, False

    def _walk(
        self, query: Query, after: tuple[str, str] | None, as_of_s: float | None
    ) -> Iterator[State]:
        start = max(filter(None, [after, query.lo and (query.lo[0], "")]), default=("", ""))
        if as_of_s is not None:
            old = (record.versions.at(as_of_s) for record in self._records.values())
            yield from sorted((s for s in old if s and s.key > start), key=lambda s: s.key)
            return
        statuses: Iterable[str] = [query.status] if query.status else STATUSES
        lists = [self._from(self._by_status[name], start) for name in statuses]
        for _, record_id in merge(*lists):
            yield self._records[record_id].versions.latest

    @staticmethod
    def _from(keys: list[tuple[str, str]], start: tuple[str, str]) -> Iterator[tuple[str, str]]:
        for index in range(bisect.bisect_right(keys, start), len(keys)):
            yield keys[index]

    def _unindex(self, state: State) -> None:
        keys = self._by_status[state.status]
        del keys[bisect.bisect_left(keys, state.key)]
