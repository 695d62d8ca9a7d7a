"""Records in PostgreSQL: leases, guarded moves, and what the steps need to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from psycopg2 import extensions
from psycopg2.extras import execute_values

from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold
from connector.domain.records import Leased, Status, Step
from connector.ports import Fetched, Waiting
from connector.store.database import Database, as_json
from connector.store.details import detail_of
from connector.store.queries import query
from connector.store.receipts import want_receipts

#: Leases without an orderly end after which a record is not taken up again by itself.
MAX_CLAIMS = 8
#: Leases without an orderly end after which a record is taken up alone.
ALONE_FROM = 2


class PostgresRecords:
    """Implements `connector.ports.RecordStore`."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def lease(
        self,
        connection_id: int,
        step: Step,
        record_ids: Sequence[str],
        batch: int,
        lease_s: float,
        *,
        on_trial: bool = False,
    ) -> list[Leased]:
        """Take the given records, and other due ones up to `batch`, each with a new attempt."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("lease"),
                {
                    "connection_id": connection_id,
                    "step": step.value,
                    "record_ids": list(record_ids),
                    "batch": batch,
                    "lease_s": lease_s,
                    "max_claims": MAX_CLAIMS,
                    "alone_from": ALONE_FROM,
                    "on_trial": on_trial,
                },
            )
            return [
                Leased(row[0], row[1], row[2], Status(row[3]), *row[4:])
                for row in cursor.fetchall()
            ]

    def payloads(self, leased: Sequence[Leased]) -> dict[int, Mapping[str, Any]]:
        """What Brex sent for these records."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT record, payload FROM record_payload WHERE record = ANY(%s)",
                ([row.id for row in leased],),
            )
            return dict(cursor.fetchall())

    def references(self, leased: Sequence[Leased]) -> dict[int, str]:
        """What to tell Brex: the ERP's number and voucher of the document that stands for each."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT r.id, CASE d.voucher WHEN '' THEN d.erp_reference"
                " ELSE d.erp_reference || ' / ' || d.voucher END FROM record r"
                " JOIN erp_document d ON d.record = r.id AND d.document = r.principal"
                " WHERE r.id = ANY(%s)",
                ([row.id for row in leased],),
            )
            return dict(cursor.fetchall())

    def fetched(self, rows: Sequence[Fetched]) -> set[int]:
        """Received ▶ fetched, with the receipts that are wanted."""
        if not rows:
            return set()
        moves = [
            (row.leased.id, row.leased.attempt, row.version, as_json(row.payload)) for row in rows
        ]
        with self._database.transaction() as cursor:
            done = _changed(cursor, "fetched", "(%s, %s, %s, %s::jsonb)", moves)
            want_receipts(cursor, [row for row in rows if row.leased.id in done])
        return done

    def mapped(self, rows: Sequence[tuple[Leased, Sequence[Document]]], mapping: int) -> set[int]:
        """Fetched ▶ mapped, with the documents in the order in which they are to be posted."""
        return self._write(
            "mapped",
            "(%s, %s, %s::int, %s::smallint, %s, %s, %s, %s, %s::jsonb)",
            [
                (
                    *(leased.id, leased.attempt, mapping, nth, document.kind.value),
                    document.number,
                    *(document.fingerprint(), document.company_key, as_json(document.to_json())),
                )
                for leased, documents in rows
                for nth, document in enumerate(documents, start=1)
            ],
        )

    def posted(self, rows: Sequence[tuple[Leased, int, str]]) -> dict[int, Status]:
        """Documents that the ERP confirmed (record, document, voucher)."""
        if not rows:
            return {}
        with self._database.transaction() as cursor:
            stand = execute_values(
                cursor,
                query("posted"),
                [(leased.id, leased.attempt, nth, voucher) for leased, nth, voucher in rows],
                page_size=len(rows),
                fetch=True,
            )
            return {number: Status(status) for number, status in stand}

    def exported(self, leased: Sequence[Leased]) -> set[int]:
        """Posted ▶ exported."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("exported"),
                {"ids": [row.id for row in leased], "attempts": [row.attempt for row in leased]},
            )
            return {row[0] for row in cursor.fetchall()}

    def hold(self, rows: Sequence[tuple[Leased, Hold]]) -> set[int]:
        """Any status ▶ held. What Brex announced again meanwhile begins again at once.

        So does what is held for want of a supplier that was found meanwhile.
        """
        return self._stop(
            [
                (
                    leased.id,
                    leased.attempt,
                    Status.HELD.value,
                    hold.reason.value,
                    detail_of(hold),
                )
                for leased, hold in rows
            ],
        )

    def ignore(self, rows: Sequence[tuple[Leased, Ignored]]) -> set[int]:
        """Fetched ▶ skipped, because the mapping says so; announced again, it begins again."""
        return self._stop(
            [
                (
                    leased.id,
                    leased.attempt,
                    Status.SKIPPED.value,
                    "ignored_by_policy",
                    as_json({"message": ignored.why}),
                )
                for leased, ignored in rows
            ],
        )

    def give_back(self, leased: Sequence[Leased], note: str) -> set[int]:
        """End leases after an error nobody expected; what ends workers again and again is held."""
        return self._write(
            "give_back", "(%s, %s, %s)", [(row.id, row.attempt, note) for row in leased]
        )

    def wait(self, rows: Sequence[Waiting]) -> set[int]:
        """End leases without a move."""
        return self._write(
            "wait",
            "(%s, %s, %s::float8, %s, %s)",
            [
                (row.leased.id, row.leased.attempt, row.wait_s, row.note, int(row.failed))
                for row in rows
            ],
        )

    def _stop(self, rows: list[tuple[Any, ...]]) -> set[int]:
        if not rows:
            return set()
        with self._database.transaction() as cursor:
            ids = _changed(cursor, "stop", "(%s, %s, %s, %s, %s::jsonb)", rows)
            cursor.execute(query("reopen"), {"ids": list(ids)})
            cursor.execute(query("reopen_matched"), {"ids": list(ids)})
        return ids

    def _write(self, name: str, template: str, rows: list[tuple[Any, ...]]) -> set[int]:
        if not rows:
            return set()
        with self._database.transaction() as cursor:
            return _changed(cursor, name, template, rows)


def _changed(
    cursor: extensions.cursor, name: str, template: str, rows: list[tuple[Any, ...]]
) -> set[int]:
    changed = execute_values(
        cursor, query(name), rows, template=template, page_size=len(rows), fetch=True
    )
    return {row[0] for row in changed}
