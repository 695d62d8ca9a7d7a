"""What people do with held records, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from connector.domain.records import Status
from connector.domain.reposting import Standing
from connector.ports import Candidate, Moved, Replacement
from connector.store import reposts
from connector.store.database import Database, as_json
from connector.store.queries import query

SKIPPED_BY_PERSON = "skipped_by_person"
RETURNED_TO_BREX = "returned_to_brex"

#: Longer than a worker uses a connection's settings before it asks whether they were replaced.
SETTLED_S = 6.0


class PostgresActions:
    """Implements `connector.ports.Actions`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def candidates(
        self, record_ids: Sequence[str], connection: str | None = None
    ) -> list[Candidate]:
        """The records with these Brex ids; one id may be known to several connections."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT r.id, c.name, r.record_id, r.status,"
                " (SELECT coalesce(string_agg(d.erp_reference, ', ' ORDER BY d.document), '')"
                " FROM erp_document d WHERE d.record = r.id),"
                " coalesce(r.lease_until > clock_timestamp(), false), c.removed_at IS NOT NULL,"
                " coalesce(r.reason, ''), r.held_from"
                " FROM connection c"
                " JOIN record r ON r.connection_id = c.id AND r.record_id = ANY(%(ids)s)"
                " WHERE %(connection)s::text IS NULL OR c.name = %(connection)s ORDER BY r.id",
                {"ids": list(record_ids), "connection": connection},
            )
            return [
                Candidate(
                    *(number, name, record_id, Status(status)),
                    *(rest[0], rest[1], rest[2], rest[3], rest[4] and Status(rest[4])),
                )
                for number, name, record_id, status, *rest in cursor.fetchall()
            ]

    def held(
        self,
        *,
        connection: str | None,
        reason: str | None,
        after: int,
        limit: int,
        besides: Collection[str] = (),
    ) -> list[int]:
        """Held records above a record number, in order; not those of the reasons `besides`."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT held.id FROM connection c CROSS JOIN LATERAL ("
                " SELECT r.id FROM record r WHERE r.connection_id = c.id AND r.status = 'held'"
                " AND r.id > %(after)s AND (%(reason)s::text IS NULL OR r.reason = %(reason)s)"
                " AND r.reason <> ALL(%(besides)s)"
                " ORDER BY r.id LIMIT %(limit)s) AS held"
                " WHERE c.removed_at IS NULL"
                " AND (%(connection)s::text IS NULL OR c.name = %(connection)s)"
                " ORDER BY held.id LIMIT %(limit)s",
                {
                    "connection": connection,
                    "reason": reason,
                    "besides": list(besides),
                    "after": after,
                    "limit": limit,
                },
            )
            return [row[0] for row in cursor.fetchall()]

    def move_days(self, ids: Sequence[int]) -> None:
        """Let those that are held for a closed period go into the next open one, when released."""
        with self._database.transaction() as cursor:
            cursor.execute(query("move_days"), {"ids": list(ids)})

    def retry(self, ids: Sequence[int]) -> list[Moved]:
        """Held ▶ received; posting where a document was decided; else where they were finished.

        Those that moved. What was returned, and released by Brex while it was held, begins again.
        """
        with self._database.transaction() as cursor:
            cursor.execute(query("retry_held"), {"ids": list(ids), "settled_s": SETTLED_S})
            return [_moved(row) for row in cursor.fetchall()]

    def begin_again(self, ids: Sequence[int]) -> list[Moved]:
        """Mapped ▶ received, where nobody works on them and nothing was begun; those that moved."""
        with self._database.transaction() as cursor:
            cursor.execute(query("begin_anew"), {"ids": list(ids)})
            return [_moved(row) for row in cursor.fetchall()]

    def skip(self, record: int, because: str) -> Moved | None:
        """Held ▶ skipped, its open drafts given up; None if it could not be, or was exported."""
        detail = {"message": because}
        return self._set_aside(record, SKIPPED_BY_PERSON, detail, None, "skipped by a person")

    def claim(self, record: int, lease_s: float, *, decided: bool = False) -> int | None:
        """Keep everybody else from a held record, with a decided document or without."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE record SET attempt = attempt + 1,"
                " lease_until = clock_timestamp() + make_interval(secs => %s)"
                " WHERE id = %s AND status = 'held' AND decided = %s"
                " AND (lease_until IS NULL OR lease_until < clock_timestamp()) RETURNING attempt",
                (lease_s, record, decided),
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def returned(self, record: int, attempt: int, because: str, trace_id: str) -> Moved | None:
        """Held ▶ skipped as returned to Brex, open drafts given up; None if the claim is lost.

        `trace_id` is Brex's own id of the call that told it, or "".
        """
        detail = {"message": because} | ({"trace_id": trace_id} if trace_id else {})
        return self._set_aside(record, RETURNED_TO_BREX, detail, attempt, "returned to Brex")

    def standing(self, record: int) -> list[Standing]:
        """All documents of a record, in their order."""
        with self._database.transaction() as cursor:
            return reposts.standing(cursor, record)

    def repost(
        self, record: int, attempt: int, because: str, replacement: Replacement
    ) -> Moved | None:
        """Held ▶ posting, with what is posted after what stands; None if the claim is lost."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("note_repost"),
                {
                    "record": record,
                    "attempt": attempt,
                    "because": because.replace("\0", ""),
                    "version": replacement.version,
                    "numbers": [one.number for _, one in replacement.succession.documents],
                },
            )
            if cursor.fetchone() is None:
                return None
            reposts.append(cursor, record, replacement.succession.documents)
            row = reposts.go_on(cursor, record, attempt, replacement)
        return _moved(row) if row else None

    def release(self, record: int, attempt: int) -> None:
        """End a claim without a move."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE record SET lease_until = NULL WHERE id = %s AND attempt = %s",
                (record, attempt),
            )

    def _set_aside(
        self, record: int, reason: str, detail: Mapping[str, str], attempt: int | None, why: str
    ) -> Moved | None:
        with self._database.transaction() as cursor:
            cursor.execute(
                query("set_aside"),
                {
                    "record": record,
                    "reason": reason,
                    "detail": as_json(detail),
                    "attempt": attempt,
                    "why": why,
                },
            )
            row = cursor.fetchone()
        return _moved(row) if row else None


def _moved(row: tuple[Any, ...]) -> Moved:
    connection, erp, record_id, status = row
    return Moved(connection, erp, record_id, Status(status))
