"""Posting a later version of a record, in PostgreSQL."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from psycopg2 import extensions
from psycopg2.extras import execute_values

from connector.domain.documents import Document, document_of
from connector.domain.reposting import Standing
from connector.ports import Replacement
from connector.store.database import as_json


def standing(cursor: extensions.cursor, record: int) -> list[Standing]:
    """All documents of a record, in their order."""
    cursor.execute(
        "SELECT d.document, c.content, coalesce(d.erp_reference, ''), d.posted_at IS NOT NULL,"
        " EXISTS (SELECT FROM erp_draft own JOIN erp_write w USING (record, draft)"
        " WHERE own.record = d.record AND own.document = d.document"
        " AND w.outcome NOT IN ('not_sent', 'refused'))"
        " FROM erp_document d"
        " JOIN erp_content c ON c.record = d.record AND c.fingerprint = d.fingerprint"
        " WHERE d.record = %s ORDER BY d.document",
        (record,),
    )
    return [Standing(nth, document_of(said), *rest) for nth, said, *rest in cursor.fetchall()]


def append(
    cursor: extensions.cursor, record: int, documents: Sequence[tuple[int, Document]]
) -> None:
    """Add documents behind those that there are; what was never decided on is withdrawn."""
    cursor.execute(
        "UPDATE erp_draft SET state = 'spare', why = 'a later version is posted'"
        " WHERE record = %s AND state = 'open'",
        (record,),
    )
    cursor.execute(
        "UPDATE erp_document SET withdrawn = true, counted_on = NULL"
        " WHERE record = %s AND erp_reference IS NULL AND NOT withdrawn",
        (record,),
    )
    execute_values(
        cursor,
        "INSERT INTO erp_content (record, fingerprint, content) VALUES %s ON CONFLICT DO NOTHING",
        [(record, one.fingerprint(), as_json(one.to_json())) for _, one in documents],
    )
    execute_values(
        cursor,
        "INSERT INTO erp_document (record, document, kind, number, fingerprint, erp_company)"
        " VALUES %s",
        [
            (record, nth, one.kind.value, one.number, one.fingerprint(), one.company_key)
            for nth, one in documents
        ],
    )


def go_on(
    cursor: extensions.cursor, record: int, attempt: int, replacement: Replacement
) -> tuple[Any, ...] | None:
    """Held ▶ posting with another version; where the record stands now."""
    cursor.execute(
        "UPDATE record_payload SET payload = %s WHERE record = %s",
        (as_json(replacement.payload), record),
    )
    cursor.execute(
        "UPDATE record r SET status = 'posting', attempt = r.attempt + 1, principal = %s,"
        " version = %s, seen_version = NULL, mapping_version = %s, exported_at = NULL,"
        " announced_again = false, reason = NULL, detail = NULL, note = '',"
        " due_at = clock_timestamp(), lease_until = NULL, claims = 0, failures = 0"
        " FROM connection c WHERE r.id = %s AND r.attempt = %s AND c.id = r.connection_id"
        " RETURNING c.name, c.erp, r.record_id, r.status",
        (
            *(replacement.succession.principal, replacement.version, replacement.mapping),
            *(record, attempt),
        ),
    )
    return cursor.fetchone()
