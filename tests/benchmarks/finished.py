"""Finished records in bulk, as they lie behind the work of every day."""

from __future__ import annotations

from contextlib import closing

import psycopg2

_STATEMENTS = (
    """
    INSERT INTO record (connection_id, record_id, status, due_at, decided, exported_at)
    SELECT %(connection)s, 'done_' || n, 'exported', NULL, true, now()
    FROM generate_series(1, %(records)s) AS n
    """,
    """
    INSERT INTO erp_content (record, fingerprint, content) SELECT id, '', '{}' FROM record
    """,
    """
    INSERT INTO erp_document (record, document, connection_id, kind, number, fingerprint,
                              erp_company, erp_reference, decided_at, posted_at)
    SELECT id, 1, connection_id, 'supplier_invoice', 'BX' || record_id, '', '100/AAA',
           record_id, now(), now()
    FROM record
    """,
    """
    INSERT INTO erp_draft (record, document, draft, marker, fingerprint, state, erp_company,
                           erp_reference)
    SELECT record, document, 1, number || '.1', '', 'decided', erp_company, erp_reference
    FROM erp_document
    """,
    """
    INSERT INTO erp_write (record, draft, step, attempt, deadline, settles_at, outcome)
    SELECT id, 1, write.step, 1, now(), now(), 'done'
    FROM record, (VALUES ('head'), ('commit')) AS write (step)
    """,
    """
    INSERT INTO record_history (record, event, from_status, to_status, attempt)
    SELECT id, 'moved', 'posted', 'exported', 1 FROM record
    """,
    "VACUUM ANALYZE",
)


def finish(database_url: str, connection_id: int, records: int) -> None:
    """Add so many finished records to a database that has no records yet."""
    if not records:
        return
    with closing(psycopg2.connect(database_url)) as connection:
        connection.autocommit = True
        cursor = connection.cursor()
        # the guards and the history of a million rows are not what is measured
        cursor.execute("SET session_replication_role = replica")
        for statement in _STATEMENTS:
            cursor.execute(statement, {"connection": connection_id, "records": records})
