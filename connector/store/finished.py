"""Finished records, and what Brex changed behind them, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from psycopg2.extras import execute_values

from connector.domain.reasons import Hold
from connector.domain.records import Leased
from connector.ports import Finished
from connector.store.database import Database, as_json
from connector.store.details import detail_of
from connector.store.queries import query


class PostgresFinished:
    """Implements `connector.ports.FinishedRecords`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def changed(self, connection_id: int, versions: Mapping[str, int]) -> list[Finished]:
        """Of these records, those that are finished, and were last compared in another version."""
        if not versions:
            return []
        with self._database.transaction() as cursor:
            cursor.execute(
                query("changed_behind"),
                {
                    "connection_id": connection_id,
                    "record_ids": list(versions),
                    "versions": list(versions.values()),
                },
            )
            return [Finished(*row) for row in cursor.fetchall()]

    def announced(self, connection_id: int, limit: int) -> list[str]:
        """Exported records that Brex announced again and nobody has compared since."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT record_id FROM record WHERE connection_id = %s AND status = 'exported'"
                " AND announced_again LIMIT %s",
                (connection_id, limit),
            )
            return [row[0] for row in cursor.fetchall()]

    def heeded(self, connection_id: int, record_ids: Sequence[str]) -> None:
        """Note that what was announced of exported records has been compared."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE record SET announced_again = false WHERE connection_id = %s"
                " AND record_id = ANY(%s) AND status = 'exported' AND announced_again",
                (connection_id, list(record_ids)),
            )

    def in_hand(self, leased: Sequence[Leased]) -> list[Finished]:
        """Those of the leased that Brex announced again after writing had begun."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT r.id, r.record_id, v.attempt, r.version,"
                " coalesce(r.seen_version, r.version), p.payload"
                " FROM unnest(%s::bigint[], %s::int[]) AS v (id, attempt)"
                " JOIN record r ON r.id = v.id AND r.announced_again"
                " JOIN record_payload p ON p.record = r.id",
                ([row.id for row in leased], [row.attempt for row in leased]),
            )
            return [Finished(*row) for row in cursor.fetchall()]

    def tell(self, rows: Sequence[tuple[Finished, int, Hold]]) -> set[int]:
        """Have a person look at records that Brex has in a `version` that differs."""
        if not rows:
            return set()
        with self._database.transaction() as cursor:
            told = execute_values(
                cursor,
                query("tell_changed"),
                [
                    (one.id, one.attempt, version, hold.reason.value, as_json(detail_of(hold)))
                    for one, version, hold in rows
                ],
                template="(%s, %s, %s, %s, %s::jsonb)",
                page_size=len(rows),
                fetch=True,
            )
            return {row[0] for row in told}

    def note(self, rows: Sequence[tuple[Finished, int]]) -> None:
        """Note versions in which nothing differs."""
        if not rows:
            return
        with self._database.transaction() as cursor:
            execute_values(
                cursor,
                query("note_same"),
                [(one.id, one.attempt, version) for one, version in rows],
                page_size=len(rows),
            )
