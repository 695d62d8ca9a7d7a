"""Results of reconciliations, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from psycopg2.extras import execute_values

from connector.domain.reconciliation import Ending, Reconciliation, item_row, line_row
from connector.store.database import Database, as_json

_RUN = "id, since, until, asked_by, started_at, finished_at, proved, faults, unlisted, endings"
_LINE = "company, currency, day, account, statement, brex, erp, items, explained"
_ITEM = (
    "ending, name, day, currency, company, account, about, charged, recorded, posted, told,"
    " is_ours, detail"
)

#: Constants for the planner: what is not sought is left out of the plan.
_SOUGHT = " AND ".join(
    f"(%({name})s::{kind} IS NULL OR i.{name} = %({name})s)"
    for name, kind in (
        *(("ending", "text"), ("company", "text"), ("currency", "text")),
        *(("day", "date"), ("account", "text"), ("is_ours", "boolean")),
    )
)


@dataclass(frozen=True, slots=True)
class Sought:
    """Which items; None does not narrow, "" is an item without a company, or an account.

    A line of the control totals is of the items that are ours with its company, currency, day and
    account.
    """

    ending: Ending | None = None
    company: str | None = None
    currency: str | None = None
    day: date | None = None
    account: str | None = None
    is_ours: bool | None = None


class PostgresReconciliations:
    """Keeps the results of one connection, and shows what was kept."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def keep(self, result: Reconciliation) -> int:
        """Keep a result, all or nothing; its number. Items that match are counted alone."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO reconciliation (connection_id, since, until, started_at, proved,"
                " faults, unlisted, endings) VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
                (
                    *(self._connection_id, result.since, result.until, result.started_at),
                    *(result.is_proved, result.faults, list(result.unlisted)),
                    as_json(result.endings),
                ),
            )
            (number,) = cursor.fetchone() or (0,)
            execute_values(
                cursor,
                f"INSERT INTO reconciliation_line (reconciliation, {_LINE}) VALUES %s",  # noqa: S608  ours
                [
                    (number, *_values(_LINE, line_row(key, line)))
                    for key, line in result.totals.lines.items()
                ],
            )
            execute_values(
                cursor,
                f"INSERT INTO reconciliation_item (reconciliation, nth, {_ITEM}) VALUES %s",  # noqa: S608  ours
                [
                    (number, nth, *_values(_ITEM, item_row(item)))
                    for nth, item in enumerate(result.items)
                    if item.ending is not Ending.MATCHED
                ],
            )
        return int(number)

    def runs(self, limit: int = 50) -> list[dict[str, Any]]:
        """The last results, the newest first."""
        return self._rows(
            f"SELECT {_RUN} FROM reconciliation WHERE connection_id = %(connection_id)s"  # noqa: S608  ours
            " ORDER BY id DESC LIMIT %(limit)s",
            limit=limit,
        )

    def find(self, number: int) -> dict[str, Any] | None:
        """One of them."""
        found = self._rows(
            f"SELECT {_RUN} FROM reconciliation"  # noqa: S608  ours
            " WHERE connection_id = %(connection_id)s AND id = %(number)s",
            number=number,
        )
        return found[0] if found else None

    def lines(self, number: int) -> list[dict[str, Any]]:
        """The control totals of a result."""
        return self._rows(
            f"SELECT {_LINE} FROM reconciliation_line l"  # noqa: S608  ours
            " JOIN reconciliation r ON r.id = l.reconciliation"
            " WHERE r.connection_id = %(connection_id)s AND r.id = %(number)s"
            " ORDER BY currency, company, day, account, statement",
            number=number,
        )

    def items(
        self, number: int, sought: Sought = Sought(), *, after: int = -1, limit: int = 1000
    ) -> list[dict[str, Any]]:
        """The items of a result that do not match, behind the one of `nth` `after`."""
        return self._rows(
            f"SELECT nth, {_ITEM} FROM reconciliation_item i"  # noqa: S608  ours
            " JOIN reconciliation r ON r.id = i.reconciliation"
            " WHERE r.connection_id = %(connection_id)s AND r.id = %(number)s"
            f" AND i.reconciliation = %(number)s AND {_SOUGHT}"
            " AND nth > %(after)s ORDER BY nth LIMIT %(limit)s",
            number=number,
            after=after,
            limit=limit,
            **asdict(sought),
        )

    def all_items(self, number: int, chunk: int = 1000) -> Iterator[dict[str, Any]]:
        """Every item of a result that does not match, read so many at a time."""
        after = -1
        while some := self.items(number, after=after, limit=chunk):
            yield from some
            after = some[-1]["nth"]

    def count(self, number: int, sought: Sought) -> int:
        """How many items of a result do not match."""
        (row,) = self._rows(
            "SELECT count(*) AS items FROM reconciliation_item i"  # noqa: S608  ours
            " JOIN reconciliation r ON r.id = i.reconciliation"
            " WHERE r.connection_id = %(connection_id)s AND r.id = %(number)s"
            f" AND i.reconciliation = %(number)s AND {_SOUGHT}",
            number=number,
            **asdict(sought),
        )
        return int(row["items"])

    def records_here(self, names: Iterable[str]) -> set[str]:
        """Those of these names that are ids of records of ours."""
        found = self._rows(
            "SELECT record_id FROM record"
            " WHERE connection_id = %(connection_id)s AND record_id = ANY(%(names)s)",
            names=list(names),
        )
        return {row["record_id"] for row in found}

    def _rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        with self._database.transaction() as cursor:
            cursor.execute(statement, {"connection_id": self._connection_id, **values})
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _values(columns: str, row: Mapping[str, Any]) -> list[Any]:
    values = [row[name.strip()] for name in columns.split(",")]
    return [as_json(one) if isinstance(one, dict) else one for one in values]
