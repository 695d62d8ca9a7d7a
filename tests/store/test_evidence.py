"""The chain of seals: every entry follows from the one before, and what was tampered with shows."""

import hashlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from connector.domain.records import Status
from connector.store.evidence import Break, Evidence
from connector.store.queries import query
from tests.waiting import wait_until


@pytest.fixture
def evidence(database):
    return Evidence(database)


@pytest.fixture
def tamper(sql):
    """Do what only the owner of the database could, with the guards off."""

    def run(statement):
        sql("ALTER TABLE record_history DISABLE TRIGGER USER")
        sql(statement)
        sql("ALTER TABLE record_history ENABLE TRIGGER USER")

    return run


def test_every_entry_is_sealed_with_the_one_before_as_anybody_can_compute(bring, evidence):
    row = bring(Status.MAPPED)
    entries = evidence.entries(row.id)
    assert [one["to_status"] for one in entries] == ["received", "fetched", "mapped"]
    before = b""
    for one in entries:
        before = hashlib.sha256(before + one["sealed"].encode()).digest()
        assert one["hash"] == before.hex()
    assert list(evidence.breaks()) == []
    heads = evidence.heads()
    assert (heads.records, heads.sealed, heads.unsealed) == (1, 3, 0)
    assert heads.digest == hashlib.sha256(before).hexdigest()


@pytest.mark.parametrize(
    ("statement", "entry", "why"),
    [
        (
            "UPDATE record_history SET actor = 'worker:else' WHERE to_status = 'fetched'",
            2,
            "was changed, or what stood before it was",
        ),
        (
            "UPDATE record_history SET at = at + interval '1 us' WHERE to_status = 'received'",
            1,
            "was changed, or what stood before it was",
        ),
        (
            "DELETE FROM record_history WHERE to_status = 'fetched'",
            3,
            "was changed, or what stood before it was",
        ),
        ("UPDATE record_history SET hash = NULL WHERE to_status = 'mapped'", 3, "has no seal"),
        (
            "DELETE FROM record_history WHERE to_status = 'mapped'",
            None,
            "its history ends elsewhere than where it stands",
        ),
    ],
)
def test_what_was_changed_taken_out_or_cut_off_is_told(
    bring, evidence, tamper, statement, entry, why
):
    row = bring(Status.MAPPED, "accr_1")
    tamper(statement)
    assert list(evidence.breaks(row.id)) == list(evidence.breaks())
    assert Break("acme", "accr_1", entry, why) in list(evidence.breaks())


def test_entries_from_before_the_chain_stand_before_it(bring, evidence, tamper):
    row = bring(Status.FETCHED)
    tamper("UPDATE record_history SET hash = NULL")
    assert list(evidence.breaks(row.id)) == []
    assert evidence.heads().unsealed == 2


def _value(database, statement):
    with database.transaction() as cursor:
        cursor.execute(statement)
        return cursor.fetchone()[0]


def test_who_adds_an_entry_waits_for_who_adds_one_to_the_same_history(
    bring, sql, database, evidence
):
    row = bring(Status.MAPPED)
    sql(
        "UPDATE record SET status = 'held', reason = 'erp_refused', due_at = NULL,"
        " lease_until = NULL WHERE id = %s",
        row.id,
    )
    with ThreadPoolExecutor(1) as other:
        with database.transaction() as cursor:
            cursor.execute(query("ask_for_release"), {"numbers": [row.id]})
            moved = other.submit(
                sql,
                "UPDATE record SET status = 'received', attempt = attempt + 1, due_at = now(),"
                " reason = NULL WHERE id = %s",
                row.id,
            )
            waits = "SELECT count(*) FROM pg_locks WHERE NOT granted"
            wait_until(lambda: _value(database, waits), "the other waits")
        moved.result(30)
    events = [one["event"] for one in evidence.entries(row.id)]
    assert events[-2:] == ["release_asked", "moved"]
    assert list(evidence.breaks()) == []
