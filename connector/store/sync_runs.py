"""Runs that bring the ERP's master data to Brex."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import fields
from typing import Any

from connector.domain.sync import Action, Change, SyncOutcome, Target
from connector.errors import LeaseLostError
from connector.store.database import Database, as_json
from connector.store.queries import query

#: A run that says nothing for so long has died. It waits for a budget for ten minutes at most.
_LEASE_S = 900
_COLUMNS = tuple(one.name for one in fields(Change))
_SHOWN_FIRST = (Action.DISABLED, Action.RENAMED, Action.ENABLED, Action.CREATED)
#: How many of a run's changes are shown at most.
_MOST_CHANGES = 100_000


class PostgresSyncRuns:
    """Implements `connector.ports.SyncRuns` for one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def begin(self, target: Target, *, dry_run: bool) -> int | None:
        """Begin a run; one whose process died is given up first."""
        known = {"connection_id": self._connection_id, "target": target}
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE sync_run SET finished_at = now(), outcome = 'abandoned'"
                " WHERE connection_id = %(connection_id)s AND target = %(target)s"
                " AND finished_at IS NULL AND lease_until < now()",
                known,
            )
            cursor.execute(
                "INSERT INTO sync_run (connection_id, target, dry_run, lease_until)"
                " VALUES (%(connection_id)s, %(target)s, %(dry_run)s,"
                " now() + make_interval(secs => %(lease_s)s)) ON CONFLICT DO NOTHING RETURNING id",
                {**known, "dry_run": dry_run, "lease_s": _LEASE_S},
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def keep_on(self, run: int) -> None:
        """Lengthen the lease."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE sync_run SET lease_until = now() + make_interval(secs => %s)"
                " WHERE id = %s AND connection_id = %s AND finished_at IS NULL",
                (_LEASE_S, run, self._connection_id),
            )
            if cursor.rowcount == 0:
                raise LeaseLostError(f"run {run} was given up, and another may go on")

    def note(self, run: int, entries: int, changes: Sequence[Change]) -> None:
        """Keep the difference with its counts."""
        numbers = Counter(change.action for change in changes)
        with self._database.transaction() as cursor:
            cursor.execute(
                query("note_sync"),
                {
                    "connection_id": self._connection_id,
                    "run": run,
                    "entries": entries,
                    "changes": as_json(
                        [{name: getattr(one, name) for name in _COLUMNS} for one in changes]
                    ),
                    **{action.value: numbers[action] for action in Action},
                },
            )

    def is_confirmed(self, run: int) -> bool:
        """Whether everything that a run changes was confirmed, and not done since."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("is_confirmed"), {"connection_id": self._connection_id, "run": run}
            )
            return cursor.fetchone() is not None

    def finish(self, run: int, outcome: SyncOutcome, detail: str) -> None:
        """End a run that was not given up."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE sync_run SET finished_at = clock_timestamp(), outcome = %s, detail = %s"
                " WHERE id = %s AND connection_id = %s AND finished_at IS NULL",
                (outcome, detail[:1000], run, self._connection_id),
            )

    def waiting_records(self, field: str, ids: Sequence[str]) -> Mapping[str, int]:
        """Unfinished records by the id of their value in a field."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("waiting_records"),
                {
                    "connection_id": self._connection_id,
                    "field": field,
                    "ids": list(ids),
                },
            )
            return dict(cursor.fetchall())

    def confirm(self, target: Target, who: str, run: int | None = None) -> bool:
        """Confirm the difference of the target's last run; False if none waits for that.

        With `run`, the number of the one that was looked at, no other is confirmed, and it once.
        The clock begins the run that applies it, if the target has a cadence.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                query("confirm_sync"),
                {
                    "connection_id": self._connection_id,
                    "target": target,
                    "who": who,
                    "run": run,
                },
            )
            if cursor.rowcount == 0:
                return False
            cursor.execute(
                "UPDATE schedule SET due_at = now() WHERE connection_id = %s AND job = %s"
                " AND (started_at IS NULL OR finished_at >= started_at)",
                (self._connection_id, f"sync_{target}"),
            )
        return True

    def last(self, target: Target | None = None, limit: int = 20) -> list[dict[str, Any]]:
        """The last runs, newest first, of a target or of all."""
        return self._rows(
            "SELECT id AS run, target, dry_run, started_at, started_by, finished_at,"
            " extract(epoch FROM finished_at - started_at)::float8 AS took_s, outcome, detail,"
            " entries, created, renamed, disabled, enabled, confirmed_at, confirmed_by"
            " FROM sync_run WHERE connection_id = %(connection_id)s"
            " AND (%(target)s::text IS NULL OR target = %(target)s) ORDER BY id DESC"
            " LIMIT %(limit)s",
            target=target,
            limit=limit,
        )

    def changes(self, run: int, limit: int = _MOST_CHANGES) -> list[dict[str, Any]]:
        """The difference that a run found, what is taken away first."""
        return self._rows(
            "SELECT d.action, d.part, d.company, d.code, d.name, d.before, d.records, d.rules"
            " FROM sync_change d JOIN sync_run r ON r.id = d.run"
            " WHERE d.run = %(run)s AND r.connection_id = %(connection_id)s"
            " ORDER BY array_position(%(order)s, d.action),"
            " d.part, d.code, d.company LIMIT %(limit)s",
            run=run,
            limit=limit,
            order=list(_SHOWN_FIRST),
        )

    def _rows(self, statement: str, **values: Any) -> list[dict[str, Any]]:
        with self._database.transaction() as cursor:
            cursor.execute(statement, {"connection_id": self._connection_id, **values})
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
