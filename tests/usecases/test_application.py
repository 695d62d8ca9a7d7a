"""One step's run as a whole: what nobody expected stays with the record that causes it."""

from dataclasses import replace
from types import SimpleNamespace

import pytest

from connector.bootstrap import Application
from connector.domain.records import Step
from connector.ports import Fetched
from connector.store.records import MAX_CLAIMS
from connector.store.roles import Role
from connector.store.sweeping import PostgresSweeping
from tests.store_fixtures import invoice
from tests.usecases.memory_erp import MemoryErp


@pytest.fixture
def application(running_settings, migrated_database_url, redis_url):
    settings = replace(running_settings, database_url=migrated_database_url, redis_url=redis_url)
    application = Application(settings, actor="test", role=Role.WORKER)
    yield application
    application.close()


def test_one_record_that_breaks_a_step_is_held_and_the_others_get_through(
    application, intake, lease, records, database, sql, connection_id, monkeypatch
):
    ids = [f"accr_{n}" for n in range(9)] + ["accr_bad"]
    intake.receive(connection_id, ids)
    records.fetched([Fetched(row, {"id": row.record_id}, 1) for row in lease(Step.FETCH)])

    def make(payload):
        if payload["id"] == "accr_bad":
            raise KeyError("nobody expected this")
        return invoice(payload["id"])

    wired = SimpleNamespace(
        connection=SimpleNamespace(id=connection_id, erp="infor-m3"),
        erp=MemoryErp(),
        source=SimpleNamespace(read=lambda payload: payload),
        map=make,
    )
    monkeypatch.setattr(application, "wired", lambda name: wired)
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
