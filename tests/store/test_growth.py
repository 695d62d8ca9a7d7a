"""What a statement reads does not grow with what lies in the tables, also before any statistics."""

from psycopg2.extras import execute_values

from connector.domain.drafts import Outcome, WriteStep
from connector.domain.records import Status
from connector.ports import NewWrite, OpenedDraft, SettledWrite
from connector.store.queries import query

FINISHED = 5_000


def test_a_decision_does_not_read_what_else_was_decided(
    bring, journal, database, sql, connection_id
):
    row = bring(Status.MAPPED)
    head = NewWrite(row, 1, WriteStep.HEAD)
    journal.open_drafts([OpenedDraft(row, 1, "marker", "fingerprint", "100/AAA", "BREX")])
    journal.intend([head], call_s=1, settle_s=1, lease_s=60)
    journal.settle([SettledWrite(row, 1, WriteStep.HEAD, 0, Outcome.DONE, reference="1001")])
    sql(
        "SET session_replication_role = replica;"
        " ALTER TABLE record SET (autovacuum_enabled = false);"
        " INSERT INTO record (connection_id, record_id, status, due_at, document, erp_company,"
        "                     erp_reference, decided_at)"
        " SELECT %s, 'done_' || n, 'exported', NULL, '{}', '100/AAA', 'done_' || n, now()"
        " FROM generate_series(1, %s) AS n",
        *(connection_id, FINISHED),
    )
    with database.transaction() as cursor:
        others = [(-n, 1, 1, f"INBN-{n}") for n in range(99)]  # a batch is planned otherwise
        rows = [(row.id, row.attempt, 1, "1001"), *others]
        assert execute_values(cursor, query("decide"), rows, fetch=True) == [(row.id,)]
        cursor.execute(
            "SELECT seq_tup_read + idx_tup_fetch FROM pg_stat_xact_user_tables"
            " WHERE relname = 'record'"
        )
        (read,) = cursor.fetchone()
    assert read < FINISHED / 10
