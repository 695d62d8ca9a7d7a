"""What waits for a worker although nobody was told."""

from __future__ import annotations

from connector.domain.records import Step
from connector.ports import DueWork
from connector.store.database import Database
from connector.store.queries import query
from connector.store.records import MAX_CLAIMS


class PostgresSweeping:
    """Implements `connector.ports.Sweeping`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def due(self, *, overdue_s: float) -> list[DueWork]:
        """The connections with due and unleased records, by step."""
        with self._database.transaction() as cursor:
            cursor.execute(query("due_work"), {"overdue_s": overdue_s, "max_claims": MAX_CLAIMS})
            return [DueWork(row[0], row[1], Step(row[2])) for row in cursor.fetchall()]

    def due_receipts(self, *, overdue_s: float) -> list[str]:
        """The connections with due and unleased files of receipts."""
        with self._database.transaction() as cursor:
            cursor.execute(query("due_receipts"), {"overdue_s": overdue_s})
            return [row[0] for row in cursor.fetchall()]

    def hold_crash_loops(self) -> int:
        """Hold the records that were taken up again and again without an orderly end."""
        with self._database.transaction() as cursor:
            cursor.execute(query("hold_crash_loops"), {"max_claims": MAX_CLAIMS})
            return cursor.rowcount
