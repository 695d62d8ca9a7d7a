"""How much a connection has begun to post on a day, counted in PostgreSQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import date
from decimal import Decimal

from psycopg2 import extensions
from psycopg2.extras import execute_values

from connector.domain.documents import Document, document_of
from connector.domain.limits import PostingConfig, Tally
from connector.domain.reasons import Hold
from connector.domain.records import Leased
from connector.store.database import Database
from connector.store.queries import query

#: Class of the advisory locks under which one worker at a time counts for a connection ("LIMT").
_LOCK = 0x4C494D54

#: A document of a record, by its place.
Place = tuple[int, int]


class PostgresLimits:
    """Implements `connector.ports.DailyLimits` for one connection, with the days of `time_zone`."""

    def __init__(
        self, database: Database, connection_id: int, limits: PostingConfig, time_zone: str
    ) -> None:
        self._database = database
        self._connection_id = connection_id
        self._limits = limits
        self._time_zone = time_zone

    def admit(self, leased: Sequence[Leased]) -> list[tuple[Leased, Hold]]:
        """Count what these records begin; those that are beyond the limits, each with why."""
        with self._database.transaction() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s, %s)", (_LOCK, self._connection_id))
            waiting = _uncounted(cursor, leased)
            if not waiting:
                return []
            tally = self._tally(cursor)
            beyond: list[tuple[Leased, Hold]] = []
            counted: dict[Place, Document] = {}
            for row in sorted(leased, key=lambda one: one.id):
                documents = waiting.get(row.id, {})
                hold = tally.take(list(documents.values()), self._limits) if documents else None
                if hold is None:
                    counted.update(documents)
                else:
                    beyond.append((row, hold))
            _count(cursor, counted, tally.day)
        return beyond

    def _tally(self, cursor: extensions.cursor) -> Tally:
        cursor.execute("SELECT (clock_timestamp() AT TIME ZONE %s)::date", (self._time_zone,))
        (day,) = cursor.fetchone() or (date.min,)
        cursor.execute(
            "SELECT counted_in, count(*), sum(counted_amount) FROM erp_document"
            " WHERE connection_id = %s AND counted_on = %s GROUP BY counted_in",
            (self._connection_id, day),
        )
        begun = cursor.fetchall()
        return Tally(
            day,
            sum(number for _, number, _ in begun),
            {currency: Decimal(amount) for currency, _, amount in begun},
        )


def _uncounted(
    cursor: extensions.cursor, leased: Sequence[Leased]
) -> dict[int, dict[Place, Document]]:
    cursor.execute(query("uncounted"), {"records": [row.id for row in leased]})
    found: dict[int, dict[Place, Document]] = defaultdict(dict)
    for record, nth, content in cursor.fetchall():
        found[record][record, nth] = document_of(content)
    return found


def _count(cursor: extensions.cursor, counted: dict[Place, Document], day: date) -> None:
    if counted:
        execute_values(
            cursor,
            "UPDATE erp_document d SET counted_on = v.day, counted_amount = v.amount,"
            " counted_in = v.currency FROM (VALUES %s) AS v (record, nth, day, amount, currency)"
            " WHERE d.record = v.record AND d.document = v.nth",
            [(*place, day, one.size, one.currency) for place, one in counted.items()],
            page_size=len(counted),
        )
