"""The queue of held records, as people work it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from connector.ports import HeldRecord
from connector.store.database import Database
from connector.store.queries import plain_like, query

#: Causes that are listed; what is left is found by a search.
MOST_CAUSES = 200
#: Records that one action takes up.
MOST_AT_ONCE = 5_000


class Order(StrEnum):
    """How the queue is sorted."""

    OLDEST = "oldest"
    NEWEST = "newest"
    LARGEST = "largest"
    SMALLEST = "smallest"


#: Column, its type, and whether it is read from its high end.
_KEYS: Mapping[Order, tuple[str, str, bool]] = {
    Order.OLDEST: ("h.held_at", "timestamptz", False),
    Order.NEWEST: ("h.held_at", "timestamptz", True),
    Order.LARGEST: ("h.amount", "numeric", True),
    Order.SMALLEST: ("h.amount", "numeric", False),
}


@dataclass(frozen=True, slots=True)
class Narrowed:
    """Which held records are meant; what is "" does not narrow. `cause` is (field, value)."""

    connection: str = ""
    reason: str = ""
    cause: tuple[str, str] | None = None
    search: str = ""
    asked: bool = False

    def condition(self) -> tuple[str, dict[str, Any]]:
        """The condition and its values."""
        parts: list[str] = []
        if self.connection:
            # a number that is known is what the index begins with
            parts.append(
                "h.connection_id = (SELECT id FROM connection WHERE name = %(connection)s)"
            )
        if self.reason:
            parts.append("h.reason = %(reason)s")
        if self.cause is not None:
            parts.append("h.field = %(field)s AND h.value = %(value)s")
        if self.search:
            parts.append(
                "(h.merchant ILIKE %(like)s OR h.record_id ILIKE %(like)s OR h.value ILIKE %(like)s"
                " OR h.record IN (SELECT d.record FROM erp_document d WHERE d.number = %(search)s))"
            )
        if self.asked:
            parts.append("h.asked_by IS NOT NULL")
        field, value = self.cause or ("", "")
        return " AND ".join(parts) or "true", {
            "connection": self.connection,
            "reason": self.reason,
            "field": field,
            "value": value,
            "search": self.search,
            "like": f"%{plain_like(self.search)}%",
        }


@dataclass(frozen=True, slots=True)
class Cause:
    """What records of a connection wait for, and how many do."""

    connection: str
    reason: str
    field: str
    value: str
    records: int
    oldest_at: datetime


@dataclass(frozen=True, slots=True)
class Place:
    """Where a page ends: the sorted value of its last row, and that record's number."""

    key: str
    record: int


class HeldQueue:
    """Reads the queue, and notes who asked for a release."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def causes(self, connection: str = "") -> list[Cause]:
        """What records wait for, the most first."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("held_causes"), {"connection": connection or None, "limit": MOST_CAUSES}
            )
            return [Cause(*row) for row in cursor.fetchall()]

    def count(self, narrowed: Narrowed) -> int:
        """How many there are."""
        condition, values = narrowed.condition()
        with self._database.transaction() as cursor:
            cursor.execute(query("held_count").format(narrowed=condition), values)
            (number,) = cursor.fetchone() or (0,)
        return int(number)

    def page(
        self, narrowed: Narrowed, order: Order, *, limit: int, after: Place | None = None
    ) -> tuple[list[HeldRecord], Place | None]:
        """Some records, and where the page ends if there are more."""
        key, kind, is_down = _KEYS[order]
        condition, values = narrowed.condition()
        statement = query("held_page").format(
            narrowed=condition,
            key=key,
            type=kind,
            than="<" if is_down else ">",
            direction="DESC" if is_down else "ASC",
        )
        values |= {
            "limit": limit + 1,
            "after": after.key if after else None,
            "after_record": after.record if after else 0,
        }
        with self._database.transaction() as cursor:
            cursor.execute(statement, values)
            rows = [HeldRecord(*row) for row in cursor.fetchall()]
        if len(rows) <= limit:
            return rows, None
        last = rows[limit - 1]
        end = last.held_at.isoformat() if kind == "timestamptz" else str(last.amount)
        return rows[:limit], Place(end, last.record)

    def named(self, numbers: Sequence[int]) -> list[HeldRecord]:
        """Those of the given records that are held, by number."""
        return self._all("h.record = ANY(%(numbers)s)", {"numbers": list(numbers)}, len(numbers))

    def matching(self, narrowed: Narrowed, after: int = 0) -> list[HeldRecord]:
        """All that are meant above a record's number, at most `MOST_AT_ONCE`, by number."""
        condition, values = narrowed.condition()
        return self._all(f"h.record > {after:d} AND {condition}", values, MOST_AT_ONCE)

    def ask(self, numbers: Sequence[int]) -> list[int]:
        """Note that whoever acts asks for the release of these; those that nobody had asked for."""
        with self._database.transaction() as cursor:
            cursor.execute(query("ask_for_release"), {"numbers": list(numbers)})
            return [row[0] for row in cursor.fetchall()]

    def last_act(self, record: int) -> tuple[str, str, datetime] | None:
        """Who moved a record last, to where, and when."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT actor, coalesce(to_status, event), at FROM record_history"
                " WHERE record = %s AND actor LIKE ANY(ARRAY['console:%%', 'cli:%%'])"
                " ORDER BY id DESC LIMIT 1",
                (record,),
            )
            return cursor.fetchone()

    def _all(self, condition: str, values: Mapping[str, Any], limit: int) -> list[HeldRecord]:
        statement = query("held_page").format(
            narrowed=condition, key="h.record", type="bigint", than=">", direction="ASC"
        )
        with self._database.transaction() as cursor:
            cursor.execute(statement, {**values, "limit": limit, "after": None, "after_record": 0})
            return [HeldRecord(*row) for row in cursor.fetchall()]
