"""Receipts in PostgreSQL: which are wanted, and the files that are here, each once by its hash."""

from __future__ import annotations

import io
import struct
from collections.abc import Iterable, Sequence
from hashlib import sha256

from psycopg2 import errors, extensions
from psycopg2.extras import execute_values

from connector.ports import Fetched, LeasedReceipt, ReceiptFile, ReceiptTrouble
from connector.store.database import Database
from connector.store.queries import query

#: Leases without an orderly end after which a file is taken up alone.
ALONE_FROM = 2


class PostgresReceipts:
    """Implements `connector.ports.ReceiptStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease(self, connection_id: int, batch: int, lease_s: float) -> list[LeasedReceipt]:
        """Take due files of a connection, each with a new attempt.

        None where the connection takes no receipts (any more), or Brex does not answer.
        """
        with self._database.transaction() as cursor:
            cursor.execute(
                query("lease_receipts"),
                {
                    "connection_id": connection_id,
                    "batch": batch,
                    "lease_s": lease_s,
                    "alone_from": ALONE_FROM,
                },
            )
            return [LeasedReceipt(*row) for row in cursor.fetchall()]

    def want(self, leased: LeasedReceipt, files: int) -> None:
        """Add the files of a receipt that were not known before, so that it has so many."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "INSERT INTO receipt (connection_id, record, receipt_id, file)"
                " SELECT r.connection_id, r.record, r.receipt_id, number"
                " FROM receipt r, generate_series(1, %s) AS number WHERE r.id = %s"
                " ON CONFLICT (record, receipt_id, file) DO NOTHING",
                (files, leased.id),
            )

    def stored(self, leased: LeasedReceipt, file: ReceiptFile) -> bool:
        """Wanted ▶ stored, with the file under its hash; False where another worker has it."""
        digest = sha256(file.content).digest()
        with self._database.transaction() as cursor:
            cursor.execute(
                "UPDATE receipt SET state = 'stored', sha256 = %s, size = %s, content_type = %s,"
                " settled_at = clock_timestamp(), due_at = NULL, claims = 0, note = ''"
                " WHERE id = %s AND attempt = %s AND state = 'wanted'",
                (digest, len(file.content), file.content_type, leased.id, leased.attempt),
            )
            if cursor.rowcount == 0:
                return False
            _keep(cursor, digest, file.content)
        return True

    def troubled(self, rows: Sequence[ReceiptTrouble]) -> None:
        """Wanted ▶ failed, or due again later."""
        self._write(
            "settle_receipts",
            "(%s, %s, %s, %s, %s::float8, %s)",
            [
                (
                    *(row.leased.id, row.leased.attempt, row.fault.value, row.message),
                    *(row.wait_s, int(row.failed)),
                )
                for row in rows
            ],
        )

    def give_back(self, leased: Sequence[LeasedReceipt], note: str) -> None:
        """End leases after an error that nobody expected; those that ended otherwise stay."""
        self._write(
            "give_receipts_back", "(%s, %s, %s)", [(row.id, row.attempt, note) for row in leased]
        )

    def _write(self, name: str, template: str, rows: list[tuple[object, ...]]) -> None:
        if rows:
            with self._database.transaction() as cursor:
                execute_values(cursor, query(name), rows, template=template, page_size=1000)


def want_receipts(cursor: extensions.cursor, rows: Iterable[Fetched]) -> None:
    """Note the files that are to be here. What is known of one stays as it is."""
    wanted = [
        (row.leased.connection_id, row.leased.id, receipt_id, number)
        for row in rows
        for receipt_id, files in row.receipts
        for number in range(1, files + 1)
    ]
    if wanted:
        execute_values(cursor, query("want_receipts"), wanted, page_size=1000)


def _keep(cursor: extensions.cursor, digest: bytes, content: bytes) -> None:
    """Put a file in, unless it is there.

    As data and not as part of a statement, so that no log of statements has it.
    """
    cursor.execute("SELECT FROM receipt_content WHERE sha256 = %s", (digest,))
    if cursor.rowcount:
        return
    cursor.execute("SAVEPOINT before_file")
    try:
        cursor.copy_expert(
            "COPY receipt_content (sha256, content) FROM STDIN (FORMAT binary)",
            io.BytesIO(_copied(digest, content)),
        )
    except errors.UniqueViolation:
        cursor.execute("ROLLBACK TO before_file")  # another worker had the same one


def _copied(*values: bytes) -> bytes:
    """One row as PostgreSQL copies it: https://www.postgresql.org/docs/15/sql-copy.html, Binary."""
    fields = b"".join(struct.pack("!i", len(value)) + value for value in values)
    head = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
    return head + struct.pack("!h", len(values)) + fields + struct.pack("!h", -1)
