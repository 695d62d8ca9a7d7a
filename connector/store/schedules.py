"""What runs by the clock: due times in PostgreSQL, claimed by a guarded update."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from connector.store.database import Database

#: A run that nobody began so soon after it was claimed is claimed again: its message was lost.
LOST_S = 30
#: A run has its job to itself until it ends, or where its worker died, for a period, at least this.
_LONGEST_RUN_S = 900


@dataclass(frozen=True, slots=True)
class DueJob:
    """A run that was claimed."""

    connection: str
    job: str


@dataclass(frozen=True, slots=True)
class Run:
    """A run that was begun, and when."""

    connection_id: int
    started_at: datetime


class Schedules:
    """The cadence of each connection's jobs; any number of clocks may ask."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def set(self, connection_id: int, cadence: dict[str, int]) -> None:
        """Give a connection exactly these jobs, each every so many seconds."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "DELETE FROM schedule WHERE connection_id = %s AND job <> ALL(%s)",
                (connection_id, list(cadence)),
            )
            for job, every_s in cadence.items():
                cursor.execute(
                    "INSERT INTO schedule (connection_id, job, every_s) VALUES (%s, %s, %s)"
                    " ON CONFLICT (connection_id, job) DO UPDATE SET every_s = excluded.every_s,"
                    " due_at = least(schedule.due_at,"
                    " now() + make_interval(secs => excluded.every_s))",
                    (connection_id, job, every_s),
                )

    def claim(self) -> list[DueJob]:
        """Claim every run that is due, to have a worker begin it; one claim at a time.

        A run that needs a peer which does not answer waits until it does.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE schedule s SET claimed_at = now()"
                " FROM connection c WHERE c.id = s.connection_id AND s.due_at <= now()"
                " AND (s.claimed_at IS NULL OR s.claimed_at < now() - make_interval(secs => %s))"
                " AND c.removed_at IS NULL"
                " AND NOT EXISTS (SELECT FROM suspended_work w"
                " WHERE w.connection_id = c.id AND w.work = s.job)"
                " RETURNING c.name, s.job",
                (LOST_S,),
            )
            return [DueJob(*row) for row in cursor.fetchall()]

    def begin(self, connection: str, job: str, *, alone_s: float | None = None) -> Run | None:
        """Begin a run that is due, and have the job alone; None if it is not due.

        Whatever message asks for the same run later is too late. `alone_s` is for how long, where
        the work itself tells two runs apart: one whose worker died then comes again that soon.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE schedule s SET started_at = now(), claimed_at = NULL,"
                " due_at = now() + make_interval(secs => coalesce(%s, greatest(s.every_s, %s)))"
                " FROM connection c WHERE c.id = s.connection_id AND s.due_at <= now()"
                " AND c.removed_at IS NULL"
                " AND NOT EXISTS (SELECT FROM halted_work h"
                " WHERE h.connection_id = c.id AND h.work = s.job)"
                " AND c.name = %s AND s.job = %s RETURNING s.connection_id, s.started_at",
                (alone_s, _LONGEST_RUN_S, connection, job),
            )
            row = cursor.fetchone()
        return Run(*row) if row else None

    def prolong(self, run: Run, job: str, alone_s: float) -> None:
        """Have the job alone for so long from now, unless another run of it has begun since."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE schedule SET due_at = now() + make_interval(secs => %s)"
                " WHERE connection_id = %s AND job = %s AND started_at = %s",
                (alone_s, run.connection_id, job, run.started_at),
            )

    def last_tick(self) -> tuple[datetime | None, float | None]:
        """When the newest scheduled run began, and how many seconds the oldest one is overdue."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT max(s.started_at), extract(epoch FROM now() - min(s.due_at))::float8"
                " FROM schedule s JOIN connection c ON c.id = s.connection_id"
                " WHERE c.removed_at IS NULL"
                " AND NOT EXISTS (SELECT FROM suspended_work w"
                " WHERE w.connection_id = c.id AND w.work = s.job)"
            )
            row = cursor.fetchone()
        return (row[0], row[1]) if row else (None, None)

    def now(self) -> datetime:
        """The database's clock: the one that all workers share."""
        return self._database.now()

    def watermark(self, connection_id: int, job: str) -> datetime | None:
        """What the job left behind last time."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT watermark FROM schedule WHERE connection_id = %s AND job = %s",
                (connection_id, job),
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def finish(
        self,
        connection_id: int,
        job: str,
        outcome: str,
        watermark: datetime | None = None,
        *,
        started_at: datetime | None = None,
        again_s: float | None = None,
    ) -> None:
        """Note how a run ended, which had begun at `started_at` if it was one of the clock's.

        The watermark only moves forward. `again_s` is after how long it is due again, if that is
        sooner than its cadence says.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE schedule SET finished_at = now(), outcome = %(outcome)s,"
                " watermark = greatest(watermark, %(watermark)s),"
                " due_at = CASE WHEN started_at = %(started_at)s"
                " THEN least(started_at + make_interval(secs => every_s),"
                " now() + make_interval(secs => %(again_s)s)) ELSE due_at END"
                " WHERE connection_id = %(connection_id)s AND job = %(job)s",
                {
                    "connection_id": connection_id,
                    "job": job,
                    "outcome": outcome[:500],
                    "watermark": watermark,
                    "started_at": started_at,
                    "again_s": again_s,
                },
            )
