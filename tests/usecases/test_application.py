"""One step's run as a whole: what nobody expected stays with the record that causes it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from connector.bootstrap import Application
from connector.domain.records import Step
from connector.errors import ConfigurationError, RetryLaterError
from connector.ports import Fetched
from connector.store.records import ALONE_FROM, MAX_CLAIMS
from connector.store.roles import Role
from connector.store.schedules import Schedules
from connector.store.sweeping import PostgresSweeping
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import MemoryErp


@pytest.fixture
def application(running_settings, migrated_database_url, redis_url):
    settings = replace(running_settings, database_url=migrated_database_url, redis_url=redis_url)
    application = Application(settings, actor="test", role=Role.WORKER)
    yield application
    application.close()


def wire(application, connection_id, make, monkeypatch, **more):
    """A connection whose rules are `make`."""
    wired = SimpleNamespace(
        stored=SimpleNamespace(mapping_version=1),
        connection=SimpleNamespace(id=connection_id, erp="infor-m3"),
        erp=MemoryErp(),
        documents_in=lambda _: SimpleNamespace(
            run=lambda payloads, keep: [make(one) for one in payloads]
        ),
        **more,
    )
    monkeypatch.setattr(application, "wired", lambda name: wired)
    monkeypatch.setattr(application.jobs, "_wired", lambda name: wired)


def test_one_record_that_breaks_a_step_is_held_and_the_others_get_through(
    application, intake, lease, records, database, sql, connection_id, monkeypatch
):
    ids = [f"accr_{n}" for n in range(9)] + ["accr_bad"]
    intake.receive(connection_id, ids)
    records.fetched([Fetched(row, {"id": row.record_id}, 1) for row in lease(Step.FETCH)])

    def make(payload):
        if payload["id"] == "accr_bad":
            raise KeyError("nobody expected this")
        return (invoice(payload["id"]),)

    wire(application, connection_id, make, monkeypatch)
    for _ in range(MAX_CLAIMS + len(ids)):
        try:
            application.run_step(Step.MAP, "acme", [])
        except KeyError:
            sql("UPDATE record SET due_at = now() WHERE due_at IS NOT NULL AND status = 'fetched'")
    PostgresSweeping(application.database).hold_crash_loops()
    assert dict(sql("SELECT status, count(*) FROM record GROUP BY status")) == {
        "mapped": 9,
        "held": 1,
    }
    ((record_id, reason, message),) = sql(
        "SELECT record_id, reason, detail->>'message' FROM record WHERE status = 'held'"
    )
    assert (record_id, reason) == ("accr_bad", "crash_loop")
    assert "unexpected: KeyError" in message


def test_leases_of_a_database_that_was_away_end_when_it_is_back(
    application, intake, lease, records, sql, connection_id, monkeypatch
):
    intake.receive(connection_id, ["accr_1", "accr_2"])
    records.fetched([Fetched(row, {"id": row.record_id}, 1) for row in lease(Step.FETCH)])
    put_back = application.records.give_back
    away = RetryLaterError("the database is away")

    def is_away(*_):
        raise away

    wire(application, connection_id, lambda payload: (invoice(payload["id"]),), monkeypatch)
    monkeypatch.setattr(application.records, "mapped", is_away)
    monkeypatch.setattr(application.records, "give_back", is_away)
    with pytest.raises(RetryLaterError):
        application.run_step(Step.MAP, "acme", [])
    assert sql("SELECT count(lease_until) FROM record") == [(2,)]
    monkeypatch.setattr(application.records, "give_back", put_back)
    assert application.run_step(Step.MAP, "acme", []) is None
    assert sql(
        "SELECT count(lease_until), min(claims), max(note), bool_and(due_at < now() + interval '5 s')"
        " FROM record"
    ) == [(0, 1, "the database was away", True)]


def test_what_moved_on_although_the_answer_was_lost_is_not_given_back(
    application, intake, lease, records, sql, connection_id, monkeypatch
):
    intake.receive(connection_id, ["accr_1"])
    records.fetched([Fetched(row, {"id": row.record_id}, 1) for row in lease(Step.FETCH)])
    mapped = application.records.mapped

    def mapped_and_lost(rows, version):
        mapped(rows, version)
        raise RetryLaterError("the answer to the commit was lost")

    wire(application, connection_id, lambda payload: (invoice(payload["id"]),), monkeypatch)
    monkeypatch.setattr(application.records, "mapped", mapped_and_lost)
    with pytest.raises(RetryLaterError):
        application.run_step(Step.MAP, "acme", [])
    assert sql("SELECT status, note, due_at <= now() FROM record") == [("mapped", "", True)]


def test_after_a_record_that_was_taken_alone_more_may_be_due(
    application, intake, lease, records, connection_id, monkeypatch
):
    intake.receive(connection_id, ["accr_1", "accr_2"])
    records.fetched([Fetched(row, {"id": row.record_id}, 1) for row in lease(Step.FETCH)])
    for _ in range(ALONE_FROM):
        assert len(lease(Step.MAP, lease_s=0.0)) == 2
    wire(application, connection_id, lambda payload: (invoice(payload["id"]),), monkeypatch)
    told = []
    runs = [application.run_step(Step.MAP, "acme", [], told.append) for _ in range(3)]
    assert [run and run.leased for run in runs] == [1, 1, None]
    assert told == ["infor-m3", "infor-m3"]


def test_a_job_that_breaks_ends_its_run_all_the_same(
    application, database, connection_id, sql, monkeypatch
):
    Schedules(database).set(connection_id, {"tokens": 60})
    wire(application, connection_id, None, monkeypatch, tokens={"brex": None})
    with pytest.raises(AttributeError):
        application.jobs.run("acme", "tokens", nudger=None)
    assert sql("SELECT outcome, due_at < now() + interval '61 s' FROM schedule") == [
        ("failed: unexpected", True)
    ]


def test_a_job_of_a_connection_that_cannot_work_says_so_and_is_due_again_later(
    application, database, connection_id, sql, monkeypatch
):
    """The clock does not stand because of that."""

    def does_not_open(name):
        raise ConfigurationError("ML_CONNECTOR_SECRET_KEYS", ["none of the keys opens brex.token"])

    monkeypatch.setattr(application.jobs, "_wired", does_not_open)
    Schedules(database).set(connection_id, {"tokens": 60})
    application.jobs.run("acme", "tokens", nudger=None)
    ((outcome, wait_s),) = sql(
        "SELECT outcome, extract(epoch FROM due_at - now())::float8 FROM schedule"
    )
    assert outcome.startswith("failed: ")
    assert 50 < wait_s <= 60
