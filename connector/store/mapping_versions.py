"""The mappings that a connection has had; the schema makes a version of each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.store.database import Database, as_json


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """A mapping as it is stored, with who gave it and when."""

    version: int
    mapping: Mapping[str, Any]
    applied_at: datetime
    applied_by: str


class MappingVersions:
    """The mappings of one connection."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def all(self) -> list[MappingVersion]:
        """All versions, the one in force first."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT version, mapping, applied_at, applied_by FROM mapping_version"
                " WHERE connection_id = %s ORDER BY version DESC",
                (self._connection_id,),
            )
            return [MappingVersion(*row) for row in cursor.fetchall()]

    def apply(self, mapping: Mapping[str, Any]) -> int:
        """Put a mapping in force; the number of its version. One that is in force already stays."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE connection SET config = jsonb_set(config, '{mapping}', %s),"
                " updated_at = clock_timestamp() WHERE id = %s RETURNING mapping_version",
                (as_json(mapping), self._connection_id),
            )
            (version,) = cursor.fetchone() or (0,)
        return int(version)
