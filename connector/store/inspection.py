"""What the store knows of itself: its schema, the server's settings, the keys of its secrets."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from connector.errors import ConfigurationError
from connector.store.connections import StoredConnection
from connector.store.database import Database
from connector.store.migrations import revisions
from connector.store.roles import Role
from connector.store.vault import Vault
from connector.store.webhook_secrets import NAME


@dataclass(frozen=True, slots=True)
class ServerFacts:
    """PostgreSQL's version (160003 is 16.3), its settings by name, and its clock."""

    version: int
    settings: dict[str, str]
    now: datetime


#: Settings on which the promise rests that a commit is kept.
_KEPT = ("synchronous_commit", "fsync", "full_page_writes")


class Inspection:
    """Reads facts about the database; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def pending_steps(self) -> list[str]:
        """The steps of the schema that were not applied yet, oldest first."""
        with self._database.transaction() as cursor:
            cursor.execute("SELECT to_regclass('alembic_version')")
            (table,) = cursor.fetchone() or (None,)
            applied: str | None = None
            if table is not None:
                cursor.execute("SELECT max(version_num) FROM alembic_version")
                (applied,) = cursor.fetchone() or (None,)
        return [step for step in revisions() if applied is None or step > applied]

    def roles_out_of_reach(self) -> list[str]:
        """The roles of the processes that this login user may not take, or that there are not."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT name FROM unnest(%s::text[]) AS name WHERE NOT coalesce(pg_has_role("
                " current_user, to_regrole(name)::oid,"
                " CASE WHEN current_setting('server_version_num')::int >= 160000"
                " THEN 'SET' ELSE 'MEMBER' END), false)",
                (list(Role),),
            )
            return [row[0] for row in cursor.fetchall()]

    def server(self) -> ServerFacts:
        """Version, settings and clock of the server."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT current_setting('server_version_num')::int, clock_timestamp(),"
                " (SELECT jsonb_object_agg(name, setting) FROM pg_settings WHERE name = ANY(%s))",
                (list(_KEPT),),
            )
            row = cursor.fetchone()
        assert row is not None
        return ServerFacts(row[0], row[2], row[1])

    def secret_names(self, connection_id: int) -> list[str]:
        """Which secrets of a connection are stored."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT name FROM connection_secret WHERE connection_id = %(id)s UNION ALL"
                " SELECT %(fetched)s FROM fetched_webhook_secrets WHERE connection_id = %(id)s"
                " ORDER BY 1",
                {"id": connection_id, "fetched": NAME},
            )
            return [row[0] for row in cursor.fetchall()]

    def secrets(self, stored: StoredConnection) -> dict[str, bool]:
        """Each secret that a connection has or needs, and whether it is set."""
        names = self.secret_names(stored.id)
        return dict.fromkeys(_needed(stored.config), False) | dict.fromkeys(names, True)

    def sealed_for_good(self, vault: Vault) -> Iterator[str]:
        """Secrets that no key opens, as `connection: name`."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT c.id, c.name, s.name, s.ciphertext FROM connection c"
                " CROSS JOIN LATERAL ("
                " SELECT name, ciphertext FROM connection_secret WHERE connection_id = c.id"
                " UNION ALL SELECT %s, ciphertext FROM fetched_webhook_secrets"
                " WHERE connection_id = c.id"
                " UNION ALL SELECT peer || '.access', access FROM oauth_token"
                " WHERE connection_id = c.id AND access IS NOT NULL"
                " UNION ALL SELECT peer || '.refresh', refresh FROM oauth_token"
                " WHERE connection_id = c.id AND refresh IS NOT NULL) AS s ORDER BY 2, 3",
                (NAME,),
            )
            sealed = cursor.fetchall()
        for connection_id, connection, name, ciphertext in sealed:
            try:
                vault.open(connection_id, name, ciphertext)
            except ConfigurationError:
                yield f"{connection}: {name}"

    def without_schedule(self) -> list[str]:
        """Connections that nothing runs for by the clock."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT c.name FROM connection c WHERE c.removed_at IS NULL AND NOT EXISTS"
                " (SELECT FROM schedule s WHERE s.connection_id = c.id) ORDER BY c.name"
            )
            return [row[0] for row in cursor.fetchall()]


def _needed(config: Mapping[str, Any]) -> Iterator[str]:
    brex = config["brex"]
    if brex.get("oauth_token_url"):
        yield from ("brex.oauth.client_secret", "brex.oauth.refresh_token")
    else:
        yield "brex.token"
    if brex.get("webhooks", True):
        yield "brex.webhook_secrets.0"
