"""Brex's fields and values, as Brex last showed them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from connector.ports import FieldValue, KnownField
from connector.store.database import Database, as_json
from connector.store.queries import query


class PostgresFieldMirror:
    """Implements `connector.ports.FieldMirror` for one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def find(self, name: str) -> KnownField | None:
        """The field with its values; those that vanished are left out."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT field_id, known, lost FROM brex_field"
                " WHERE connection_id = %s AND name = %s",
                (self._connection_id, name),
            )
            row = cursor.fetchone()
            if row is None:
                return None
            cursor.execute(
                "SELECT value_id, remote_id, value, disabled FROM brex_value"
                " WHERE connection_id = %s AND name = %s AND NOT vanished",
                (self._connection_id, name),
            )
            values = {one[1]: FieldValue(*one) for one in cursor.fetchall()}
        field_id, known, lost = row
        return KnownField(field_id, known, lost, values)

    def found(self, name: str, field_id: str) -> None:
        """Note a field. What it has is not known yet."""
        self._run(
            "INSERT INTO brex_field AS f (connection_id, name, field_id, known)"
            " VALUES (%(connection_id)s, %(name)s, %(field_id)s, false)"
            " ON CONFLICT (connection_id, name) DO UPDATE"
            " SET field_id = excluded.field_id, known = false",
            name=name,
            field_id=field_id,
        )

    def vanished(self, name: str) -> None:
        """Note that the field is gone, and all its values with it."""
        self._run(
            "WITH gone AS (UPDATE brex_value SET vanished = true"
            " WHERE connection_id = %(connection_id)s AND name = %(name)s)"
            " UPDATE brex_field SET field_id = '', known = false, lost = lost + 1"
            " WHERE connection_id = %(connection_id)s AND name = %(name)s",
            name=name,
        )

    def listed(self, name: str, values: Sequence[FieldValue]) -> None:
        """Note everything that the field has. Values without a remote id are nobody's here."""
        self._run(query("list_values"), name=name, values=_rows(values))

    def may_write(self) -> bool:
        """Whether the connection is neither paused nor in shadow."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT NOT EXISTS (SELECT FROM halted_work"
                " WHERE connection_id = %s AND work = 'export')",
                (self._connection_id,),
            )
            (may,) = cursor.fetchone() or (False,)
        return bool(may)

    def begin_write(self, name: str) -> bool:
        """Note that a write begins, if the connection is neither paused nor in shadow."""
        changed = self._run(
            "UPDATE brex_field f SET known = false"
            " WHERE f.connection_id = %(connection_id)s AND f.name = %(name)s"
            " AND NOT EXISTS (SELECT FROM halted_work h"
            " WHERE h.connection_id = f.connection_id AND h.work = 'export')",
            name=name,
        )
        return changed == 1

    def written(self, name: str, values: Sequence[FieldValue]) -> None:
        """Note what a write made of values."""
        self._run(query("write_values"), name=name, values=_rows(values))

    def _run(self, statement: str, **values: Any) -> int:
        with self._database.transaction() as cursor:
            cursor.execute(statement, {"connection_id": self._connection_id, **values})
            return cursor.rowcount


def _rows(values: Sequence[FieldValue]) -> Any:
    return as_json(
        [
            {"remote_id": v.remote_id, "value_id": v.id, "value": v.text, "disabled": v.disabled}
            for v in values
            if v.remote_id
        ]
    )
