"""Receipts as people look at them."""

from __future__ import annotations

from typing import Any

from connector.store.database import Database
from connector.store.queries import query


class ReceiptListing:
    """Lists what could not be had, gives files out, and has people's second tries made."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def failed(self, connection: str | None, limit: int) -> list[dict[str, Any]]:
        """Files that could not be had, with their records, newest first."""
        with self._database.transaction() as cursor:
            cursor.execute(query("failed_receipts"), {"connection": connection, "limit": limit})
            names = [column.name for column in cursor.description or ()]
            return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def content(self, sha256: str) -> bytes | None:
        """The file of that hash; None where it was deleted."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT content FROM receipt_content WHERE sha256 = %s", (bytes.fromhex(sha256),)
            )
            row = cursor.fetchone()
        return bytes(row[0]) if row else None

    def retry(self, connection: str | None, record: int | None = None) -> int:
        """Failed ▶ wanted, of a record (by its number) or of all; how many there were."""
        with self._database.transaction() as cursor:
            cursor.execute(query("retry_receipts"), {"connection": connection, "record": record})
            return cursor.rowcount
