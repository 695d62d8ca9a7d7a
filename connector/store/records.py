"""Records in PostgreSQL: leases, guarded moves, and what the steps need to know."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from psycopg2 import extensions
from psycopg2.extras import execute_values

from connector.domain.documents import Document, Ignored
from connector.domain.reasons import Hold
from connector.domain.records import Leased, Status, Step
from connector.ports import Fetched, Waiting
from connector.store.database import Database, as_json
from connector.store.queries import query
from connector.store.receipts import want_receipts

#: Leases without an orderly end after which a record is not taken up again by itself.
MAX_CLAIMS = 8
#: Leases without an orderly end after which a record is taken up alone.
ALONE_FROM = 2

_ADVANCE = (
    "(%s, %s, %s, %s::boolean, %s::jsonb, %s::int, %s::jsonb, %s::text, %s::text, %s::text,"
    " %s::text)"
)


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
                "SELECT id, payload FROM record WHERE id = ANY(%s)", ([row.id for row in leased],)
            )
            return dict(cursor.fetchall())

    def references(self, leased: Sequence[Leased]) -> dict[int, str]:
        """What to tell Brex: the ERP's number of each record, and its voucher once there is one."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT id, CASE voucher WHEN '' THEN erp_reference"
                " ELSE erp_reference || ' / ' || voucher END FROM record WHERE id = ANY(%s)",
                ([row.id for row in leased],),
            )
            return dict(cursor.fetchall())

    def fetched(self, rows: Sequence[Fetched]) -> set[int]:
        """Received ▶ fetched, with the receipts that are wanted."""
        if not rows:
            return set()
        moves = [
            _move(row.leased, Status.FETCHED, payload=as_json(row.payload), version=row.version)
            for row in rows
        ]
        with self._database.transaction() as cursor:
            done = _changed(cursor, "advance", _ADVANCE, moves)
            want_receipts(cursor, [row for row in rows if row.leased.id in done])
        return done

    def mapped(self, rows: Sequence[tuple[Leased, Document]]) -> set[int]:
        """Fetched ▶ mapped."""
        return self._advance(
            _move(
                leased,
                Status.MAPPED,
                document=as_json(document.to_json()),
                document_number=document.number,
                fingerprint=document.fingerprint(),
                erp_company=document.company_key,
            )
            for leased, document in rows
        )

    def posted(self, rows: Sequence[tuple[Leased, str]], *, final: bool) -> set[int]:
        """Posting ▶ posted, with the ERP's voucher; `final` when Brex is not to be told."""
        return self._advance(
            _move(leased, Status.POSTED, at_rest=final, voucher=voucher) for leased, voucher in rows
        )

    def exported(self, leased: Sequence[Leased]) -> set[int]:
        """Posted ▶ exported."""
        return self._advance(_move(row, Status.EXPORTED, at_rest=True) for row in leased)

    def hold(self, rows: Sequence[tuple[Leased, Hold]]) -> set[int]:
        """Any status ▶ held. What Brex announced again meanwhile begins again at once."""
        return self._stop(
            [
                (
                    leased.id,
                    leased.attempt,
                    Status.HELD.value,
                    hold.reason.value,
                    as_json({"message": hold.message, "field": hold.field, "value": hold.value}),
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

    def announced_again(self, leased: Sequence[Leased]) -> dict[int, int]:
        """The stored versions of those that Brex announced again after writing had begun."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT id, version FROM record WHERE id = ANY(%s) AND announced_again",
                ([row.id for row in leased],),
            )
            return dict(cursor.fetchall())

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

    def _advance(self, rows: Iterable[tuple[Any, ...]]) -> set[int]:
        return self._write("advance", _ADVANCE, list(rows))

    def _stop(self, rows: list[tuple[Any, ...]]) -> set[int]:
        if not rows:
            return set()
        with self._database.transaction() as cursor:
            stopped = execute_values(
                cursor,
                query("stop"),
                rows,
                template="(%s, %s, %s, %s, %s::jsonb)",
                page_size=1000,
                fetch=True,
            )
            ids = {row[0] for row in stopped}
            cursor.execute(query("reopen"), {"ids": list(ids)})
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
        cursor, query(name), rows, template=template, page_size=1000, fetch=True
    )
    return {row[0] for row in changed}


def _move(
    leased: Leased,
    status: Status,
    *,
    at_rest: bool = False,
    payload: Any = None,
    version: int | None = None,
    document: Any = None,
    document_number: str | None = None,
    fingerprint: str | None = None,
    erp_company: str | None = None,
    voucher: str | None = None,
) -> tuple[Any, ...]:
    return (
        leased.id,
        leased.attempt,
        status.value,
        at_rest,
        payload,
        version,
        document,
        document_number,
        fingerprint,
        erp_company,
        voucher,
    )
