"""The days for which an ERP refused documents."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from psycopg2 import extensions
from psycopg2.extras import execute_values

from connector.domain.records import Status
from connector.ports import RefusedDay
from connector.store.database import Database, row_of, with_rows
from connector.store.details import detail_of
from connector.store.queries import query


class PostgresRefusedDays:
    """Implements `connector.ports.RefusedDays` for one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def known(self, *, within_s: float) -> frozenset[tuple[str, date]]:
        """The company and day of each refusal that is so recent."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT company, day FROM refused_day WHERE connection_id = %s"
                " AND refused_at > now() - make_interval(secs => %s)",
                (self._connection_id, within_s),
            )
            return frozenset(cursor.fetchall())

    def note(self, company: str, day: date) -> None:
        """Remember a refusal."""
        with self._database.transaction() as cursor:
            self._note(cursor, [(self._connection_id, company, day)])

    def begin_again(self, rows: Sequence[RefusedDay]) -> set[int]:
        """Remember the days, and have the records fetched and mapped anew."""
        if not rows:
            return set()
        stops = [
            row_of(
                row.leased,
                status=Status.HELD,
                reason=row.hold.reason,
                detail=detail_of(row.hold),
            )
            for row in rows
        ]
        # in one order, so that two workers do not wait for each other
        days = sorted({(self._connection_id, row.company, row.day) for row in rows})
        with self._database.transaction() as cursor:
            ids = {number for (number,) in with_rows(cursor, query("stop"), stops)}
            self._note(cursor, days)
            cursor.execute(query("begin_on_another_day"), {"ids": list(ids)})
        return ids

    @staticmethod
    def _note(cursor: extensions.cursor, days: list[tuple[int, str, date]]) -> None:
        execute_values(
            cursor,
            "INSERT INTO refused_day (connection_id, company, day) VALUES %s"
            " ON CONFLICT (connection_id, company, day) DO UPDATE SET refused_at = now()",
            days,
            page_size=len(days),
        )
