"""Rows of the database: their versions, indexes, and transactions that take effect whole."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from sandbox.clock import now_utc
from sandbox.ifs.etags import etag, row_id
from sandbox.prefixes import Prefixes
from sandbox.versions import Versions

Key = tuple[Any, ...]
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Row:
    """A row at one version."""

    key: Key
    values: Values
    objid: str
    changed: datetime

    @property
    def etag(self) -> str:
        """Its ETag."""
        return etag(self.objid, self.changed)


class Table:
    """Rows by key, with an index of some columns."""

    def __init__(self, database: Database, indexed: tuple[str, ...] = ()) -> None:
        self._database = database
        self._rows: dict[Key, Versions[Row | None]] = {}
        self._index: dict[str, dict[Any, dict[Key, None]]] = {name: {} for name in indexed}
        #: column = its values by their beginnings, with how many values there were
        self._texts: dict[str, tuple[Prefixes[str], int]] = {}

    @property
    def indexed(self) -> frozenset[str]:
        """The columns by which rows are found without looking at all of them."""
        return frozenset(self._index)

    def get(self, key: Key, as_of_s: float | None = None) -> Row | None:
        """The row; None where there is none, or was none at that time."""
        versions = self._rows.get(key)
        return versions.at(as_of_s) if versions else None

    def by(self, column: str, value: Any, as_of_s: float | None = None) -> list[Row]:
        """The rows that have a value in an indexed column."""
        keys = list(self._index[column].get(value, ()))
        rows = (self.get(key, as_of_s) for key in keys)
        return [row for row in rows if row is not None and row.values.get(column) == value]

    def between(
        self, column: str, first: Any, last: Any, as_of_s: float | None = None
    ) -> list[Row]:
        """The rows whose value in an indexed column lies between two, None for any."""
        values = [
            value
            for value in list(self._index[column])
            if value is not None
            and (first is None or value >= first)
            and (last is None or value <= last)
        ]
        return [row for value in values for row in self.by(column, value, as_of_s)]

    def starting(self, column: str, prefix: str, as_of_s: float | None = None) -> list[Row]:
        """The rows whose value in an indexed column begins so."""
        texts = self._texts.get(column)
        if texts is None or texts[1] != len(self._index[column]):
            index: Prefixes[str] = Prefixes()
            for value in self._index[column]:
                if value is not None:
                    index.add(value, value)
            texts = self._texts[column] = index, len(self._index[column])
        return [
            row for value in texts[0].starting(prefix) for row in self.by(column, value, as_of_s)
        ]

    def everything(self, as_of_s: float | None = None) -> Iterator[Row]:
        """Every row, oldest first."""
        for versions in list(self._rows.values()):
            if (row := versions.at(as_of_s)) is not None:
                yield row

    def insert(self, key: Key, values: Values) -> Row:
        """Adds a row, which is not there yet."""
        row = Row(key, values, self._database.next_row_id(), now_utc())
        self._set(key, row)
        return row

    def update(self, key: Key, *, later: bool = False, **changes: Any) -> Row:
        """Changes a row. `later` makes sure that its ETag changes, within one second too."""
        row = self._rows[key].latest
        assert row is not None, "only a row that is there is changed"
        changed = now_utc()
        if later:
            changed = max(changed, row.changed + timedelta(seconds=1))
        new = replace(row, values={**row.values, **changes}, changed=changed)
        self._set(key, new)
        return new

    def delete(self, key: Key) -> None:
        """Removes a row."""
        self._set(key, None)

    def clear(self) -> None:
        """Forgets all rows."""
        self._rows.clear()
        for index in self._index.values():
            index.clear()
        self._texts.clear()

    def _set(self, key: Key, row: Row | None) -> None:
        if key in self._rows:
            self._rows[key].set(row)
        else:
            self._rows[key] = Versions(row)
        self._database.undo.append(lambda: self._take_back(key))
        for name, index in self._index.items():
            if row is not None:
                index.setdefault(row.values.get(name), {})[key] = None

    def _take_back(self, key: Key) -> None:
        if not self._rows[key].take_back():
            del self._rows[key]


class Database:
    """All tables; one transaction at a time."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._made = 0
        #: How to take back what the transaction has done, newest last.
        self.undo: list[Callable[[], None]] = []
        #: What is checked at the end of the transaction, once for each key.
        self.checks: dict[Key, Callable[[], None]] = {}

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Everything in it takes effect, or nothing; its checks come last."""
        with self._lock:
            self.undo.clear()
            self.checks.clear()
            try:
                yield
                for check in self.checks.values():
                    check()
            except BaseException:
                for take_back in reversed(self.undo):
                    take_back()
                raise

    def next_row_id(self) -> str:
        """A ROWID that no other row has."""
        self._made += 1
        return row_id(self._made)
