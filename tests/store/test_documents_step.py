"""What step 0018 makes of records, documents and drafts as release 0.1.0 left them."""

from contextlib import closing

import psycopg2
import pytest
from alembic import command
from psycopg2.extras import Json

from connector.domain.documents import document_of
from connector.domain.records import Status, Step
from connector.store.database import Database
from connector.store.inspection import Inspection
from connector.store.journal import PostgresJournal
from connector.store.migrations import _config, _engine, migrate
from connector.store.records import PostgresRecords
from connector.store.spares import PostgresSpares
from tests.store_fixtures import invoice

BEFORE = "0017_billing_entities"
#: Records of the version before, one at each status, all but the first three with a document.
RECORDS = """
INSERT INTO connection (name, erp, config) VALUES ('acme', 'infor-m3', '{}');
INSERT INTO record (connection_id, record_id, status, due_at, reason, payload, version, document,
                    document_number, fingerprint, erp_company, mapped_at, erp_reference, decided_at,
                    voucher, exported_at)
SELECT 1, record_id, status,
       CASE WHEN status NOT IN ('held', 'skipped', 'exported') THEN now() END,
       CASE WHEN status IN ('held', 'skipped') THEN 'erp_refused' END,
       jsonb_build_object('id', record_id), 1, document, document->>'number', fingerprint,
       '100/AAA', now(),
       CASE WHEN status IN ('posted', 'exported') THEN 'INBN-' || status END,
       CASE WHEN status IN ('posted', 'exported') THEN now() END,
       CASE WHEN status IN ('posted', 'exported') THEN 'V1' ELSE '' END,
       CASE WHEN status = 'exported' THEN now() END
FROM jsonb_to_recordset(%s) AS r (record_id text, status text, document jsonb, fingerprint text);
INSERT INTO erp_draft (record, draft, marker, fingerprint, state, erp_company, erp_reference)
SELECT id, 2, 'm.2', fingerprint, 'decided', '100/AAA', erp_reference
FROM record WHERE erp_reference IS NOT NULL;
INSERT INTO erp_draft (record, draft, marker, fingerprint, state, erp_company, erp_supplier, tidy_at)
SELECT id, 1, document_number || '.1', 'older', 'spare', '100/BBB', 'TAXI', now()
FROM record WHERE status = 'exported';
"""


def old_records():
    for status in Status:
        document = invoice(f"accr_{status}")
        has_document = status not in {Status.RECEIVED, Status.FETCHED}
        yield {
            "record_id": document.record_id,
            "status": status.value,
            "document": document.to_json() if has_document else None,
            "fingerprint": document.fingerprint() if has_document else None,
        }


@pytest.fixture
def old(database_url):
    """A database as the version before left it."""
    engine = _engine(database_url)
    with engine.begin() as connection:
        config = _config()
        config.attributes["connection"] = connection
        command.upgrade(config, BEFORE)
    engine.dispose()
    with closing(psycopg2.connect(database_url.reveal())) as connection, connection:
        cursor = connection.cursor()
        cursor.execute(RECORDS, (Json(list(old_records())),))
    return database_url


@pytest.fixture
def moved(old):
    migrate(old)
    database = Database(old, actor="test")
    yield database
    database.close()


def rows(database, statement):
    with database.transaction() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def test_every_record_keeps_its_document_and_what_the_erp_made_of_it(moved):
    found = rows(
        moved,
        "SELECT r.status, r.decided, d.number, c.content, d.erp_reference, d.voucher,"
        " d.posted_at IS NOT NULL FROM record r JOIN erp_document d ON d.record = r.id"
        " JOIN erp_content c ON c.record = r.id AND c.fingerprint = d.fingerprint",
    )
    assert len(found) == len(Status) - 2
    for status, decided, number, content, reference, voucher, is_posted in found:
        mine = invoice(f"accr_{status}")
        assert (number, document_of(content)) == (mine.number, mine)
        assert decided is is_posted is (status in {"posted", "exported"})
        assert (reference, voucher) == ((f"INBN-{status}", "V1") if decided else (None, ""))


def test_every_record_keeps_what_brex_sent(moved):
    assert rows(moved, "SELECT record, payload->>'id' FROM record_payload ORDER BY record") == rows(
        moved, "SELECT id, record_id FROM record ORDER BY id"
    )


def test_work_goes_on_where_it_was(moved):
    records, journal = PostgresRecords(moved), PostgresJournal(moved)
    leased = records.lease(1, Step.POST, (), 10, 60.0)
    assert {row.status for row in leased} == {Status.MAPPED, Status.POSTING}
    assert {state.document for state in journal.load(leased)} == {
        invoice(row.record_id) for row in leased
    }
    (posted,) = records.lease(1, Step.EXPORT, (), 10, 60.0)
    assert records.references([posted]) == {posted.id: "INBN-posted / V1"}


def test_a_spare_draft_is_looked_for_where_it_was_written(moved):
    spares = PostgresSpares(moved)
    (spare,) = spares.load(spares.lease(1, 10, 60.0))
    assert (spare.document.partner, spare.document.company_key) == ("TAXI", "100/BBB")
    assert spare.document.number == invoice("accr_exported").number


def test_nothing_seems_to_have_been_worked_on(old):
    before = _updated(old)
    migrate(old)
    assert _updated(old) == before


def _updated(url):
    with closing(psycopg2.connect(url.reveal())) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT id, updated_at, attempt FROM record ORDER BY id")
        return cursor.fetchall()


def test_a_worker_of_the_version_before_takes_nothing_up_any_more(moved):
    with pytest.raises(psycopg2.errors.UndefinedColumn):
        rows(moved, "UPDATE record SET attempt = attempt + 1 WHERE step = 'post'")
    assert Inspection(moved).pending_steps() == []
