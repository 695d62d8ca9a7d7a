"""The alarms, in PostgreSQL: one place that raises, de-duplicates and resolves them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from psycopg2 import extensions

from connector import log
from connector.domain.alarms import MORE, Alarm, Observed, Severity, Told
from connector.store.database import Database, as_json
from connector.store.queries import query

LOG = log.logger(__name__)

#: Alarms that are listed at most.
MOST = 500


class AlarmBoard:
    """What is wrong by now, and what was. Any number of observers may look at the same time."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def observe(self, connection_id: int | None, observed: Observed, *, since: str = "") -> None:
        """Take in what checks of a connection (None: of the installation) have found.

        In one transaction, what is new is raised, what stands is touched, and what is no longer
        found is resolved, all of it among the kinds that `observed` has: a check that could not be
        made is left out, and resolves nothing. Nor is resolved what has a key before `since`, where
        nobody looked, and what may be among the findings that `MORE` counts.
        """
        rows = [
            {"kind": kind, "key": key, "severity": found.severity}
            | {"what": found.what, "mend": found.mend}
            for kind, by_key in observed.items()
            for key, found in sorted(by_key.items())
        ]
        values = {
            "connection_id": connection_id,
            "kinds": [kind.value for kind in observed],
            "rows": as_json(rows),
            "since": since,
            "more": MORE,
        }
        with self._database.transaction() as cursor:
            # observers of the same connection come one after the other, and see what the last did
            cursor.execute(
                "SELECT pg_advisory_xact_lock(hashtext('ml-connector alarms'), %s)",
                ((connection_id or 0) % 2**31,),
            )
            cursor.execute(query("observe_alarms"), values)
            raised = [said for is_new, *said in cursor.fetchall() if is_new]
            cursor.execute(query("resolve_alarms"), values)
            resolved = cursor.fetchall()
        for kind, key, severity, what in raised:
            about = {"connection_id": connection_id, "kind": kind, "key": key}
            LOG.error("alarm_raised", **about, severity=severity, what=what)
        for kind, key in resolved:
            LOG.warning("alarm_resolved", connection_id=connection_id, kind=kind, key=key)

    def leave_removed(self) -> None:
        """Resolve what was wrong with connections that were removed."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE alarm a SET resolved_at = now() FROM connection c"
                " WHERE c.id = a.connection_id AND c.removed_at IS NOT NULL"
                " AND a.resolved_at IS NULL"
            )

    def standing(self) -> list[Alarm]:
        """Those that are not resolved, the critical ones first."""
        return self._list(all_of_them=False)

    def all(self) -> list[Alarm]:
        """The newest, resolved or not."""
        return self._list(all_of_them=True)

    def _list(self, *, all_of_them: bool) -> list[Alarm]:
        with self._database.transaction() as cursor:
            cursor.execute(query("list_alarms"), {"all": all_of_them, "limit": MOST})
            return alarms_of(cursor)


def alarms_of(cursor: extensions.cursor) -> list[Alarm]:
    """The alarms that a statement gave."""
    names = [column.name for column in cursor.description or ()]
    return [_alarm(**dict(zip(names, row, strict=True))) for row in cursor.fetchall()]


def _alarm(*, severity: str, deliveries: list[dict[str, Any]], **said: Any) -> Alarm:
    told = tuple(_told(**one) for one in deliveries)
    return Alarm(severity=Severity(severity), deliveries=told, **said)


def _told(**said: Any) -> Told:
    times = ("due_at", "delivered_at", "failed_at")
    return Told(**said | {one: _moment(said[one]) for one in times})


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
