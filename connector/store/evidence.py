"""The chain of seals in records' histories: what it says, and whether it holds."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from connector.store.database import Database
from connector.store.queries import query

#: Records that are looked at together.
_CHUNK = 5_000


@dataclass(frozen=True, slots=True)
class Break:
    """Where a chain does not hold; `entry` None where the whole record is meant."""

    connection: str
    record_id: str
    entry: int | None
    why: str


@dataclass(frozen=True, slots=True)
class Heads:
    """How many records and sealed entries there are; `digest` is one hash over the last seals."""

    records: int
    sealed: int
    unsealed: int
    digest: str


class Evidence:
    """Reads histories with their seals; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def entries(self, record: int) -> list[dict[str, Any]]:
        """The history of a record, each entry with what was sealed of it and the seal."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT h.id, h.at, h.actor, h.event, h.from_status, h.to_status, h.attempt,"
                " h.detail, sealed_text(h) AS sealed, encode(h.hash, 'hex') AS hash"
                " FROM record_history h WHERE h.record = %s ORDER BY h.id",
                (record,),
            )
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def breaks(self, record: int | None = None) -> Iterator[Break]:
        """Where the chain of one record, or of any, does not hold."""
        if record is not None:
            yield from self._breaks(record, record)
            return
        with self._database.transaction() as cursor:
            cursor.execute("SELECT coalesce(max(id), 0) FROM record")
            (last,) = cursor.fetchone() or (0,)
        for low in range(1, last + 1, _CHUNK):
            yield from self._breaks(low, min(low + _CHUNK - 1, last))

    def heads(self) -> Heads:
        """One hash over the last seals of all records, to be kept where nobody here reaches it."""
        records = sealed = unsealed = after = 0
        digest = hashlib.sha256()
        while True:
            with self._database.transaction() as cursor:
                cursor.execute(query("chain_heads"), {"after": after, "limit": _CHUNK})
                rows = cursor.fetchall()
            if not rows:
                return Heads(records, sealed, unsealed, digest.hexdigest())
            after = rows[-1][0]
            for _, entries, with_seal, last in rows:
                records += 1
                sealed += with_seal
                unsealed += entries - with_seal
                digest.update(bytes(last or b""))

    def _breaks(self, low: int, high: int) -> list[Break]:
        with self._database.transaction() as cursor:
            cursor.execute(query("broken_chains"), {"low": low, "high": high})
            return [Break(*row) for row in cursor.fetchall()]
