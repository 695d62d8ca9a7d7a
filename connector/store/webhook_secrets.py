"""The signing secrets that Brex has told of, beside those that the connection file gives."""

from __future__ import annotations

import json
from collections.abc import Sequence

from psycopg2 import extensions

from connector.secret import Secret
from connector.store.database import Database
from connector.store.vault import Vault

#: Under this name they are sealed, all of a connection as one JSON list.
NAME = "brex.webhook_secrets.fetched"


class FetchedSecrets:
    """Keeps what Brex listed last, and nothing that it listed before."""

    def __init__(self, database: Database, vault: Vault) -> None:
        self._database = database
        self._vault = vault

    def keep(self, connection_id: int, secrets: Sequence[Secret]) -> bool:
        """Replace what was kept of a connection; whether it differs."""
        plain = Secret(json.dumps([secret.reveal() for secret in secrets]))
        with self._database.transaction() as cursor:
            before = read(cursor, self._vault, connection_id)
            if set(before) == set(secrets):
                return False
            cursor.execute(
                "INSERT INTO fetched_webhook_secrets (connection_id, ciphertext) VALUES (%s, %s)"
                " ON CONFLICT (connection_id) DO UPDATE"
                " SET ciphertext = excluded.ciphertext, fetched_at = now()",
                (connection_id, self._vault.seal(connection_id, NAME, plain)),
            )
        return True

    def of(self, connection_id: int) -> tuple[Secret, ...]:
        """What is kept of a connection."""
        with self._database.transaction() as cursor:
            return read(cursor, self._vault, connection_id)


def read(cursor: extensions.cursor, vault: Vault, connection_id: int) -> tuple[Secret, ...]:
    """What is kept of a connection, as part of a transaction."""
    cursor.execute(
        "SELECT ciphertext FROM fetched_webhook_secrets WHERE connection_id = %s", (connection_id,)
    )
    row = cursor.fetchone()
    if row is None:
        return ()
    return tuple(
        Secret(one) for one in json.loads(vault.open(connection_id, NAME, row[0]).reveal())
    )
