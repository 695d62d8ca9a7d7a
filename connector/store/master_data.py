"""The ERP's accounts, dimensions, suppliers and the rest, as they were last read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields
from datetime import datetime

from connector.domain.master_data import Entry, Kept, Kind
from connector.store.database import Database, as_json
from connector.store.queries import query

_COLUMNS = tuple(one.name for one in fields(Entry))


class MasterData:
    """The master data of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def entries(self, kind: Kind, part: str | None = None) -> list[Kept]:
        """All entries of a kind, or of one dimension of it, gone ones included, by code."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT e.code, e.name, e.part, e.company, e.blocked, e.valid_from, e.valid_to,"
                " e.extras, e.first_seen, coalesce(e.last_seen, r.read_at), e.last_seen IS NOT NULL"
                " FROM erp_entry e JOIN erp_reading r USING (connection_id, kind)"
                " WHERE e.connection_id = %(connection_id)s AND e.kind = %(kind)s"
                " AND (%(part)s::text IS NULL OR e.part = %(part)s)"
                " ORDER BY e.part, e.code, e.company",
                {"connection_id": self._connection_id, "kind": kind, "part": part},
            )
            return [Kept(Entry(*row[:8]), *row[8:]) for row in cursor.fetchall()]

    def changed_at(self, kind: Kind) -> datetime | None:
        """When a reading last found something new; None before the first. Reads a row."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT changed_at FROM erp_reading WHERE connection_id = %s AND kind = %s",
                (self._connection_id, kind),
            )
            row = cursor.fetchone()
        return row[0] if row else None

    def keep(self, kind: Kind, entries: Sequence[Entry], read_at: datetime) -> bool:
        """Keep a whole reading that began at `read_at`, all of it or nothing.

        What it lacks is gone from then on. False, and nothing was kept, if a newer one was.
        """
        known = {"connection_id": self._connection_id, "kind": kind, "read_at": read_at}
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT read_at FROM erp_reading WHERE connection_id = %s AND kind = %s FOR UPDATE",
                (self._connection_id, kind),
            )
            (previous,) = cursor.fetchone() or (None,)
            cursor.execute(query("keep_reading"), known)
            if cursor.rowcount == 0:
                return False
            rows = as_json([{name: getattr(one, name) for name in _COLUMNS} for one in entries])
            cursor.execute(query("keep_entries"), known | {"previous": previous, "entries": rows})
        return True
