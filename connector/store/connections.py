"""Connections and their secrets in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.errors import RefusedError
from connector.secret import Secret
from connector.store.database import Database, as_json
from connector.store.vault import Vault

_SELECT = (
    "SELECT id, name, erp, config, paused_at, created_at, updated_at, mapping_version,"
    " configured_at FROM connection"
    " WHERE removed_at IS NULL"
)


@dataclass(frozen=True, slots=True)
class StoredConnection:
    """A connection as stored; `config` is the connection file without its secrets."""

    id: int
    name: str
    erp: str
    config: Mapping[str, Any]
    paused_at: datetime | None
    created_at: datetime
    updated_at: datetime
    mapping_version: int
    configured_at: datetime


class Connections:
    """Adds, finds, pauses and removes connections."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def add(
        self,
        name: str,
        erp: str,
        config: Mapping[str, Any],
        secrets: Mapping[str, Secret],
        *,
        replace: bool = False,
    ) -> int:
        """Store a connection with its secrets, all or nothing; returns its id.

        A removed connection of that name comes back with its records. Raises RefusedError when
        one is there and `replace` is False, or when it would change its ERP.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT id, erp, removed_at FROM connection WHERE name = %s FOR UPDATE", (name,)
            )
            row = cursor.fetchone()
            if row is None:
                cursor.execute(
                    "INSERT INTO connection (name, erp, config) VALUES (%s, %s, %s) RETURNING id",
                    (name, erp, as_json(config)),
                )
                (connection_id,) = cursor.fetchone() or (0,)
            else:
                connection_id, old_erp, removed_at = row
                if removed_at is None and not replace:
                    raise RefusedError(
                        f"connection {name} is there already; --replace replaces it",
                        code="connection_exists",
                    )
                if old_erp != erp:
                    raise RefusedError(
                        f"connection {name} has records of {old_erp}: give a connection to {erp}"
                        " another name",
                        code="connection_erp",
                    )
                cursor.execute(
                    "UPDATE connection SET config = %s, updated_at = now(), configured_at = now(),"
                    " removed_at = NULL WHERE id = %s",
                    (as_json(config), connection_id),
                )
                self._forget(cursor, connection_id)
                # posted records rest while Brex is not to be told, and go on once it is; one that a
                # worker is reporting just now is left to it
                told = config.get("brex", {}).get("mark_exported", True)
                cursor.execute(
                    "UPDATE record SET due_at = CASE WHEN %s THEN now() END"
                    " WHERE connection_id = %s AND status = 'posted'"
                    " AND (lease_until IS NULL OR due_at IS NULL)",
                    (told, connection_id),
                )
            cursor.executemany(
                "INSERT INTO connection_secret (connection_id, name, ciphertext)"
                " VALUES (%s, %s, %s)",
                [
                    (connection_id, secret, self._vault.seal(connection_id, secret, value))
                    for secret, value in secrets.items()
                ],
            )
        return int(connection_id)

    def find(self, name: str) -> StoredConnection | None:
        """The connection of that name, unless it was removed."""
        with self._database.transaction() as cursor:
            cursor.execute(
                _SELECT + " AND name = %s",
                (name,),
            )
            row = cursor.fetchone()
        return None if row is None else StoredConnection(*row)

    def all(self) -> list[StoredConnection]:
        """All connections, by name."""
        with self._database.transaction() as cursor:
            cursor.execute(_SELECT + " ORDER BY name")
            return [StoredConnection(*row) for row in cursor.fetchall()]

    def secrets(self, connection_id: int) -> dict[str, Secret]:
        """All secrets of a connection, by name."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT name, ciphertext FROM connection_secret WHERE connection_id = %s",
                (connection_id,),
            )
            return {
                name: self._vault.open(connection_id, name, sealed)
                for name, sealed in cursor.fetchall()
            }

    def pause(self, name: str, *, paused: bool) -> bool:
        """Stop or resume all that writes; records are taken in, fetched and mapped all the same."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE connection SET updated_at = now(),"
                " paused_at = CASE WHEN %s THEN coalesce(paused_at, now()) END"
                " WHERE name = %s AND removed_at IS NULL",
                (paused, name),
            )
            return cursor.rowcount == 1

    def history(self, connection_id: int, limit: int = 100) -> list[dict[str, Any]]:
        """What was done to a connection, the newest first: `at`, `actor`, `event`."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT at, actor, event FROM connection_history WHERE connection_id = %s"
                " ORDER BY id DESC LIMIT %s",
                (connection_id, limit),
            )
            return [{"at": at, "actor": actor, "event": event} for at, actor, event in cursor]

    def remove(self, name: str) -> bool:
        """Forget a connection's secrets and tokens; its records stay."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE connection SET removed_at = now(), updated_at = now()"
                " WHERE name = %s AND removed_at IS NULL RETURNING id",
                (name,),
            )
            row = cursor.fetchone()
            if row is not None:
                self._forget(cursor, row[0])
                cursor.execute("DELETE FROM schedule WHERE connection_id = %s", row)
        return row is not None

    @staticmethod
    def _forget(cursor: Any, connection_id: int) -> None:
        cursor.execute("DELETE FROM connection_secret WHERE connection_id = %s", (connection_id,))
        cursor.execute(
            "DELETE FROM fetched_webhook_secrets WHERE connection_id = %s", (connection_id,)
        )
        # the row stays and counts on: a token that old credentials are just asked for is not kept
        cursor.execute(
            "UPDATE oauth_token SET generation = generation + 1, access = NULL, refresh = NULL,"
            " expires_at = NULL, refreshed_at = NULL, refreshing_until = NULL, failure = NULL,"
            " refused_until = NULL WHERE connection_id = %s",
            (connection_id,),
        )
