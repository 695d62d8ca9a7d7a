"""Records in PostgreSQL: leases, guarded moves, and what the steps need to know."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold
from connector.domain.records import Leased, Status, Step
from connector.ports import Fetched, Waiting
from connector.store.database import Database, row_of, with_rows
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
        moves = [row_of(row.leased, version=row.version, payload=row.payload) for row in rows]
        with self._database.transaction() as cursor:
            done = _ids(with_rows(cursor, query("fetched"), moves))
            want_receipts(cursor, [row for row in rows if row.leased.id in done])
        return done

    def mapped(self, rows: Sequence[tuple[Leased, Sequence[Document]]], mapping: int) -> set[int]:
        """Fetched ▶ mapped, with the documents in the order in which they are to be posted."""
        return self._write(
            "mapped",
            [
                row_of(
                    leased,
                    mapping=mapping,
                    document=nth,
                    kind=document.kind,
                    number=document.number,
                    fingerprint=document.fingerprint(),
                    erp_company=document.company_key,
                    content=document.to_json(),
                )
                for leased, documents in rows
                for nth, document in enumerate(documents, start=1)
            ],
        )

    def posted(self, rows: Sequence[tuple[Leased, int, str]]) -> dict[int, Status]:
        """Documents that the ERP confirmed (record, document, voucher)."""
        if not rows:
            return {}
        confirmed = [row_of(leased, document=nth, voucher=voucher) for leased, nth, voucher in rows]
        with self._database.transaction() as cursor:
            stand = with_rows(cursor, query("posted"), confirmed)
        return {number: Status(status) for number, status in stand}

    def exported(self, rows: Sequence[tuple[Leased, str]]) -> set[int]:
        """Posted ▶ exported, each with Brex's own id of the call that told it, or ""."""
        return self._write("exported", [row_of(row, trace_id=trace_id) for row, trace_id in rows])

    def hold(self, rows: Sequence[tuple[Leased, Hold]]) -> set[int]:
        """Any status ▶ held. What Brex announced again meanwhile begins again at once.

        So does what is held for want of a supplier that was found meanwhile.
        """
        return self._stop(
            [
                row_of(leased, status=Status.HELD, reason=hold.reason, detail=detail_of(hold))
                for leased, hold in rows
            ]
        )

    def ignore(self, rows: Sequence[tuple[Leased, Ignored]]) -> set[int]:
        """Fetched ▶ skipped, because the mapping says so; announced again, it begins again."""
        return self._stop(
            [
                row_of(
                    leased,
                    status=Status.SKIPPED,
                    reason="ignored_by_policy",
                    detail={"message": ignored.why},
                )
                for leased, ignored in rows
            ]
        )

    def give_back(self, leased: Sequence[Leased], note: str) -> set[int]:
        """End leases after an error nobody expected; what ends workers again and again is held."""
        return self._write("give_back", [row_of(row, note=note) for row in leased])

    def wait(self, rows: Sequence[Waiting]) -> set[int]:
        """End leases without a move."""
        return self._write(
            "wait",
            [
                row_of(row.leased, wait_s=row.wait_s, note=row.note, failed=int(row.failed))
                for row in rows
            ],
        )

    def _stop(self, rows: list[dict[str, Any]]) -> set[int]:
        if not rows:
            return set()
        with self._database.transaction() as cursor:
            ids = _ids(with_rows(cursor, query("stop"), rows))
            cursor.execute(query("reopen"), {"ids": list(ids)})
            cursor.execute(query("reopen_matched"), {"ids": list(ids)})
        return ids

    def _write(self, name: str, rows: list[dict[str, Any]]) -> set[int]:
        if not rows:
            return set()
        with self._database.transaction() as cursor:
            return _ids(with_rows(cursor, query(name), rows))


def _ids(rows: Sequence[tuple[int, ...]]) -> set[int]:
    return {row[0] for row in rows}
