"""Rotation of the keys that secrets are stored under."""

from __future__ import annotations

from connector.store.database import Database
from connector.store.vault import Vault
from connector.store.webhook_secrets import NAME


def reseal(database: Database, vault: Vault) -> int:
    """Encrypt every secret and token anew under the first key; returns how many, all or none."""
    changed = 0
    with database.transaction() as cursor:
        cursor.execute("SELECT connection_id, name, ciphertext FROM connection_secret FOR UPDATE")
        for connection_id, name, sealed in cursor.fetchall():
            cursor.execute(
                "UPDATE connection_secret SET ciphertext = %s"
                " WHERE connection_id = %s AND name = %s",
                (_again(vault, connection_id, name, sealed), connection_id, name),
            )
            changed += 1
        cursor.execute("SELECT connection_id, ciphertext FROM fetched_webhook_secrets FOR UPDATE")
        for connection_id, sealed in cursor.fetchall():
            cursor.execute(
                "UPDATE fetched_webhook_secrets SET ciphertext = %s WHERE connection_id = %s",
                (_again(vault, connection_id, NAME, sealed), connection_id),
            )
            changed += 1
        cursor.execute("SELECT connection_id, peer, access, refresh FROM oauth_token FOR UPDATE")
        for connection_id, peer, access, refresh in cursor.fetchall():
            cursor.execute(
                "UPDATE oauth_token SET access = %s, refresh = %s"
                " WHERE connection_id = %s AND peer = %s",
                (
                    access and _again(vault, connection_id, f"{peer}.access", access),
                    refresh and _again(vault, connection_id, f"{peer}.refresh", refresh),
                    connection_id,
                    peer,
                ),
            )
            changed += bool(access) + bool(refresh)
    return changed


def _again(vault: Vault, connection_id: int, name: str, sealed: str) -> str:
    return vault.seal(connection_id, name, vault.open(connection_id, name, sealed))
