"""Records as people look at them: pages of a list, and one record with all that is known of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from psycopg2 import extensions

from connector.domain.receipts import REFERENCE, reference_of
from connector.domain.records import Status
from connector.errors import RefusedError
from connector.store.database import Database
from connector.store.queries import query

_NEWEST = 2**63 - 1
#: Longer than any transaction that takes records in.
_OVERLAP = timedelta(minutes=10)
_COLUMNS = (
    *("id", "connection", "record_id", "status", "reason", "detail", "document_number"),
    *("erp_reference", "voucher", "attempts", "note"),
    *("received_at", "updated_at", "due_at", "exported_at"),
)
_DOCUMENT = (
    *("document", "kind", "number", "erp_company", "erp_reference", "voucher"),
    *("mapped_at", "decided_at", "posted_at", "withdrawn", "content"),
)
_DRAFT = (
    "draft",
    "document",
    "marker",
    "state",
    "erp_reference",
    "erp_company",
    "opened_at",
    "why",
    "writes",
)
_MOVE = ("at", "actor", "event", "from_status", "to_status", "attempt", "detail")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which records to list; what is None or empty does not narrow."""

    connection: str | None = None
    statuses: Sequence[Status] = ()
    reason: str | None = None
    since: datetime | None = None


@dataclass(frozen=True, slots=True)
class RecordPage:
    """Some records, newest first; `next_after` goes on behind them, None on the last page."""

    records: list[dict[str, Any]]
    next_after: int | None


class Listing:
    """Reads records; changes nothing."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def page(self, wanted: Wanted, *, limit: int, after: int | None = None) -> RecordPage:
        """One page, behind the record number `after`."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("list_records"),
                {
                    "connection": wanted.connection,
                    "statuses": [status.value for status in wanted.statuses or Status],
                    "reason": wanted.reason,
                    "since": wanted.since,
                    "after": _NEWEST if after is None else after,
                    "floor": _floor(cursor, wanted.since) if wanted.since else 0,
                    "limit": limit + 1,
                },
            )
            rows = [_named(_COLUMNS, row) for row in cursor.fetchall()]
        more = len(rows) > limit
        return RecordPage(rows[:limit], rows[limit - 1]["id"] if more else None)

    def show(self, record_id: str, connection: str | None = None) -> dict[str, Any]:
        """One record with its documents, drafts, writes, receipts and history, oldest first.

        `record_id` is Brex's, the number of one of its documents, or how these name a receipt.
        Raises RefusedError when there is none, or there are several.
        """
        with self._database.transaction() as cursor:
            record_id = _of_number(cursor, record_id) or _of_receipt(cursor, record_id, connection)
            cursor.execute(
                "SELECT r.id, c.name, r.record_id, r.status, r.reason, r.detail,"
                " d.number, d.erp_reference, coalesce(d.voucher, ''), r.attempt, r.note,"
                " r.received_at, r.updated_at, r.due_at, r.exported_at, c.erp, r.version,"
                " r.mapping_version, d.erp_company, d.decided_at, r.lease_until, r.failures,"
                " said.content"
                " FROM connection c"
                " JOIN record r ON r.connection_id = c.id AND r.record_id = %(record_id)s"
                " LEFT JOIN erp_document d ON d.record = r.id AND d.document = r.principal"
                " LEFT JOIN erp_content said"
                " ON said.record = d.record AND said.fingerprint = d.fingerprint"
                " WHERE %(connection)s::text IS NULL OR c.name = %(connection)s",
                {"record_id": record_id, "connection": connection},
            )
            names = (
                *_COLUMNS,
                *("erp", "version", "mapping_version", "erp_company", "decided_at"),
                *("lease_until", "failures", "document"),
            )
            shown = _only([_named(names, row) for row in cursor.fetchall()], record_id)
            cursor.execute(query("show_documents"), {"record": shown["id"]})
            shown["documents"] = [_named(_DOCUMENT, row) for row in cursor.fetchall()]
            cursor.execute(query("show_drafts"), {"record": shown["id"]})
            shown["drafts"] = [_named(_DRAFT, row) for row in cursor.fetchall()]
            cursor.execute(query("show_receipts"), {"record": shown["id"]})
            columns = [column.name for column in cursor.description or ()]
            shown["receipts"] = [_receipt(_named(columns, row)) for row in cursor.fetchall()]
            cursor.execute(
                "SELECT at, actor, event, from_status, to_status, attempt, detail"
                " FROM record_history WHERE record = %s ORDER BY id",
                (shown["id"],),
            )
            shown["history"] = [_named(_MOVE, row) for row in cursor.fetchall()]
        return shown

    def name_of(self, number: int) -> tuple[str, str]:
        """The Brex id and the connection of a record. Raises RefusedError where there is none."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT r.record_id, c.name FROM record r"
                " JOIN connection c ON c.id = r.connection_id WHERE r.id = %s",
                (number,),
            )
            row = cursor.fetchone()
        if row is None:
            raise RefusedError(f"there is no record {number}", code="no_such_record")
        return row[0], row[1]

    def payload(self, number: int) -> Mapping[str, Any]:
        """What Brex sent for a record; empty where nothing came yet."""
        with self._database.transaction() as cursor:
            cursor.execute("SELECT payload FROM record_payload WHERE record = %s", (number,))
            row = cursor.fetchone()
        return row[0] if row else {}

    def writes(self, number: int) -> list[dict[str, Any]]:
        """What was, or may have been, written to the ERP for a record, in order."""
        with self._database.transaction() as cursor:
            cursor.execute(query("show_writes"), {"record": number})
            names = [column.name for column in cursor.description or ()]
            return [_named(names, row) for row in cursor.fetchall()]

    def waiting(self, connection_id: int, limit: int) -> list[str]:
        """Brex ids of records for which nothing was decided yet, oldest first."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT record_id FROM record WHERE connection_id = %s AND NOT decided"
                " AND status IN ('received', 'fetched', 'mapped', 'held') ORDER BY id LIMIT %s",
                (connection_id, limit),
            )
            return [row[0] for row in cursor.fetchall()]


def _of_number(cursor: extensions.cursor, number: str) -> str | None:
    """The Brex id of the record that a document number belongs to, for good; None for none."""
    cursor.execute(
        "SELECT r.record_id FROM connection c"
        " JOIN erp_document d ON d.connection_id = c.id AND d.number = %s"
        " JOIN record r ON r.id = d.record LIMIT 1",
        (number,),
    )
    row = cursor.fetchone()
    return row[0] if row else None


def _of_receipt(cursor: extensions.cursor, name: str, connection: str | None) -> str:
    """The Brex id of the record with the receipt that documents name so; else the name itself.

    Reads every receipt of the connection: people ask for it.
    """
    if not REFERENCE.fullmatch(name):
        return name
    cursor.execute(query("record_of_receipt"), {"hash": name[1:].lower(), "connection": connection})
    found = [row[1] for row in cursor.fetchall()]
    if len(found) > 1:
        raise RefusedError(f"several records have a receipt {name}: {', '.join(found)}")
    return found[0] if found else name


def _receipt(row: dict[str, Any]) -> dict[str, Any]:
    return {"receipt_id": row["receipt_id"], "reference": reference_of(row["receipt_id"]), **row}


def _floor(cursor: extensions.cursor, since: datetime) -> int:
    """A record number below all that were received since then, found by halving.

    Numbers are given in the order of arrival, but for transactions that ran at the same time.
    """
    cursor.execute("SELECT coalesce(max(id), 0) FROM record")
    (high,) = cursor.fetchone() or (0,)
    low = 0
    while high - low > 1:
        middle = (low + high) // 2
        cursor.execute(
            "SELECT received_at < %s FROM record WHERE id <= %s ORDER BY id DESC LIMIT 1",
            (since - _OVERLAP, middle),
        )
        (is_older,) = cursor.fetchone() or (True,)
        low, high = (middle, high) if is_older else (low, middle)
    return low


def _only(found: list[dict[str, Any]], record_id: str) -> dict[str, Any]:
    if not found:
        raise RefusedError(f"there is no record {record_id}", code="no_such_record")
    if len(found) > 1:
        names = ", ".join(row["connection"] for row in found)
        raise RefusedError(
            f"record {record_id} is known to {names}: name one with --connection",
            code="ambiguous_record",
        )
    return found[0]


def _named(names: Iterable[str], row: Sequence[Any]) -> dict[str, Any]:
    named: Mapping[str, Any] = dict(zip(names, row, strict=True))
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in named.items()
    }
