"""What people have workers do for them, in PostgreSQL: each is done once, and says how it ended."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import psycopg2

from connector.store.database import Database, as_json


class ErrandKind(StrEnum):
    """What is asked for."""

    #: report a record to Brex as failed
    RETURN = "return"
    #: put a rule into the mapping, for which records wait
    MEND = "mend"
    #: ask both sides of a connection
    PING = "ping"
    #: pull, and reconcile some days
    RECONCILE = "reconcile"


#: One whose message or worker was lost is taken up again then; a worker that lives prolongs it.
_LEASE_S = 120.0
_MOST = 20
_LEASED = (
    "lease_until = clock_timestamp() + make_interval(secs => %(lease_s)s),"
    " due_at = clock_timestamp() + make_interval(secs => %(lease_s)s)"
)


@dataclass(frozen=True, slots=True)
class Errand:
    """Something to be done; `asked_by` stands in the history for it. `record_id` is "" for none.

    `what` is what a mend puts where, or the days of a reconciliation, `since` and `until`.
    """

    id: int
    connection: str
    kind: str
    record_id: str
    because: str
    asked_by: str
    what: Mapping[str, Any] | None


@dataclass(frozen=True, slots=True)
class Ended:
    """The last errand of a kind, and how it ended; `done_at` None while it is not."""

    asked_by: str
    asked_at: datetime
    done_at: datetime | None
    outcome: Mapping[str, Any] | None
    what: Mapping[str, Any] | None


class PostgresErrands:
    """Asked for by people, done by workers."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def ask(
        self,
        connection: str,
        kind: ErrandKind,
        record: int | None = None,
        because: str = "",
        what: Mapping[str, Any] | None = None,
    ) -> bool:
        """Have something done; False where it is being done for that record already.

        Of a connection, one reconciliation is done at a time.
        """
        try:
            with self._database.transaction() as cursor:
                cursor.execute(
                    "INSERT INTO errand (connection_id, kind, record, because, what)"
                    " SELECT id, %s, %s, %s, %s FROM connection"
                    " WHERE name = %s AND removed_at IS NULL RETURNING id",
                    (kind, record, because, as_json(what) if what else None, connection),
                )
                return cursor.fetchone() is not None
        except psycopg2.errors.UniqueViolation:
            return False

    def ask_mend(self, connection: str, what: Mapping[str, Any]) -> int | None:
        """Have a rule put into a connection's mapping; the errand's number."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO errand (connection_id, kind, what)"
                " SELECT id, %s, %s FROM connection"
                " WHERE name = %s AND removed_at IS NULL RETURNING id",
                (ErrandKind.MEND, as_json(what), connection),
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def outcome(self, connection: str, number: int) -> Mapping[str, Any] | None:
        """How an errand of a connection ended; None while it has not."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT e.outcome FROM errand e JOIN connection c ON c.id = e.connection_id"
                " WHERE c.name = %s AND e.id = %s",
                (connection, number),
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def claim(self) -> list[int]:
        """Those that are due, each for the caller alone."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE errand SET due_at = clock_timestamp() + make_interval(secs => %s)"
                " WHERE id IN (SELECT id FROM errand WHERE due_at <= clock_timestamp()"
                " ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED) RETURNING id",
                (_LEASE_S, _MOST),
            )
            return [row[0] for row in cursor.fetchall()]

    def begin(self, number: int) -> Errand | None:
        """Have an errand alone; None where it is done, or another has it."""
        with self._database.transaction() as cursor:
            cursor.execute(
                f"UPDATE errand e SET {_LEASED} FROM connection c"  # noqa: S608  ours
                " WHERE c.id = e.connection_id AND e.id = %(number)s AND e.done_at IS NULL"
                " AND (e.lease_until IS NULL OR e.lease_until <= clock_timestamp())"
                " RETURNING e.id, c.name, e.kind,"
                " coalesce((SELECT record_id FROM record r WHERE r.id = e.record), ''),"
                " e.because, e.asked_by, e.what",
                {"number": number, "lease_s": _LEASE_S},
            )
            row = cursor.fetchone()
        return Errand(*row) if row else None

    def prolong(self, number: int) -> None:
        """Have an errand that was begun alone for longer."""
        with self._database.transaction() as cursor:
            cursor.execute(
                f"UPDATE errand SET {_LEASED} WHERE id = %(number)s AND done_at IS NULL",  # noqa: S608  ours
                {"number": number, "lease_s": _LEASE_S},
            )

    def finish(self, number: int, outcome: Mapping[str, Any]) -> None:
        """Note how it ended, once."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE errand SET due_at = NULL, done_at = clock_timestamp(), outcome = %s"
                " WHERE id = %s AND done_at IS NULL",
                (as_json(outcome), number),
            )

    def last(self, connection: str, kind: ErrandKind, record: int | None = None) -> Ended | None:
        """The newest of a kind, of a connection or of one record of it."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT e.asked_by, e.asked_at, e.done_at, e.outcome, e.what FROM errand e"
                " JOIN connection c ON c.id = e.connection_id"
                " WHERE c.name = %s AND e.kind = %s AND (%s::bigint IS NULL OR e.record = %s)"
                " ORDER BY e.id DESC LIMIT 1",
                (connection, kind, record, record),
            )
            row = cursor.fetchone()
        return Ended(*row) if row else None
