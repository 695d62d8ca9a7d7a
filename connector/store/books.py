"""Our own books, for the reconciliation: where records stand, and what was posted of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from psycopg2 import extensions

from connector.domain.documents import SupplierInvoice, document_of
from connector.domain.reconciliation import OurDocument, OurRecord
from connector.domain.records import Status
from connector.store.database import Database
from connector.store.queries import query

_CHUNK = 2_000


class Books:
    """Implements `connector.ports.Books` for one connection; changes nothing."""

    def __init__(self, database: Database, connection_id: int) -> None:
        self._database = database
        self._connection_id = connection_id

    def records(self, record_ids: Sequence[str]) -> Iterator[OurRecord]:
        """Those of these records that are known here."""
        for start in range(0, len(record_ids), _CHUNK):
            yield from self._some(record_ids[start : start + _CHUNK])

    def unshown(self, since: date, until: date) -> list[str]:
        """The ids of records that were posted within a window and that no pull has shown."""
        with self._database.transaction() as cursor:
            cursor.execute(
                query("unshown_records"),
                {"connection_id": self._connection_id, "since": since, "until": until},
            )
            return [row[0] for row in cursor.fetchall()]

    def known_numbers(self, numbers: Sequence[str]) -> set[str]:
        """Those of these document numbers that are ours."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT number FROM erp_document WHERE connection_id = %s AND number = ANY(%s)",
                (self._connection_id, list(numbers)),
            )
            return {row[0] for row in cursor.fetchall()}

    def supplier_names(self) -> dict[str, str]:
        """The names of the ERP's suppliers by their numbers, as far as they were read."""
        with self._database.transaction() as cursor:
            cursor.execute(
                "SELECT code, name FROM erp_entry WHERE connection_id = %s AND kind = 'supplier'",
                (self._connection_id,),
            )
            return dict(cursor.fetchall())

    def _some(self, record_ids: Sequence[str]) -> list[OurRecord]:
        with self._database.transaction() as cursor:
            cursor.execute(
                query("our_records"),
                {"connection_id": self._connection_id, "record_ids": list(record_ids)},
            )
            rows = cursor.fetchall()
            documents = _documents(cursor, [row[0] for row in rows])
        return [
            OurRecord(
                record_id=record_id,
                status=Status(status),
                why=_why(reason, detail),
                who=who or "",
                documents=tuple(documents[number]),
            )
            for number, record_id, status, reason, detail, who in rows
        ]


def _documents(
    cursor: extensions.cursor, records: list[int]
) -> Mapping[int, Sequence[OurDocument]]:
    cursor.execute(
        "SELECT d.record, d.withdrawn, c.content FROM erp_document d"
        " JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint"
        " WHERE d.record = ANY(%s) ORDER BY d.record, d.document",
        (records,),
    )
    found: defaultdict[int, list[OurDocument]] = defaultdict(list)
    for record, is_withdrawn, content in cursor.fetchall():
        found[record].append(_document(content, is_withdrawn=is_withdrawn))
    return found


def _document(content: Mapping[str, Any], *, is_withdrawn: bool) -> OurDocument:
    one = document_of(content)
    invoice = one if isinstance(one, SupplierInvoice) else None
    return OurDocument(
        number=one.number,
        kind=one.kind,
        company=one.company,
        currency=one.currency,
        amount=invoice.total if invoice else one.size,
        accounting_date=one.accounting_date,
        supplier=one.partner,
        invoice_date=invoice.invoice_date if invoice else None,
        is_undoing=bool(one.undoes),
        is_withdrawn=is_withdrawn,
    )


def _why(reason: str, detail: Mapping[str, Any]) -> str:
    return ": ".join(filter(None, (reason, str(detail.get("message") or ""))))
