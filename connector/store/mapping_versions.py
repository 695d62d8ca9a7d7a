"""The mappings that a connection has had; the schema makes a version of each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.connection_file.stored import mapping_from_json, mapping_to_json
from connector.domain.connections import MappingConfig
from connector.store.database import Database, as_json


@dataclass(frozen=True, slots=True)
class MappingVersion:
    """A mapping as it is stored, with who gave it and when."""

    version: int
    mapping: Mapping[str, Any]
    applied_at: datetime
    applied_by: str


class MappingVersions:
    """The mappings of one connection. Implements `connector.usecases.mend_mapping.MappingStore`."""

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

    def current(self) -> tuple[int, MappingConfig]:
        """The version in force, and what it says."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT mapping_version, config->'mapping' FROM connection WHERE id = %s",
                (self._connection_id,),
            )
            version, mapping = cursor.fetchone() or (0, {})
        return int(version), mapping_from_json(mapping)

    def apply(self, mapping: MappingConfig, over: int) -> int | None:
        """Put a mapping in force in place of that version; None where another is by now.

        One that says what is in force already makes no version.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE connection SET config = jsonb_set(config, '{mapping}', %s),"
                " updated_at = clock_timestamp() WHERE id = %s AND mapping_version = %s"
                " RETURNING mapping_version",
                (as_json(mapping_to_json(mapping)), self._connection_id, over),
            )
            row = cursor.fetchone()
        return int(row[0]) if row else None
