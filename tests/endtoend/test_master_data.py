"""The ERP's master data comes into PostgreSQL and Brex by the clock, through real workers."""

from typing import Any

import pytest

from connector.domain.master_data import Kind
from connector.domain.sync import SyncOutcome, Target
from connector.store.master_data import MasterData
from tests import canaries
from tests.endtoend.erps import ERPS
from tests.endtoend.installation import NAME, Installation
from tests.waiting import wait_until

SYNC = """
[sync]
accounts_every = "1h"
dimensions_every = "1h"
suppliers_every = "1h"
references_every = "1h"
"""
HIGH_BUDGET = "requests_per_minute = 100000"
VALUES = "POST /v1/fields/<field_id>/values"


def outcomes(installation: Installation) -> dict[str, str]:
    """How the last run of each target ended."""
    return dict(
        installation.sql(
            "SELECT DISTINCT ON (target) target, outcome FROM sync_run ORDER BY target, id DESC"
        )
    )


def values(installation: Installation, field: str) -> dict[str, dict[str, Any]]:
    """What Brex offers in a field; no remote id may stand there twice."""
    fields = installation.sandbox.call("GET", "/brex/fields")["fields"]
    listed = next((one["values"] for one in fields if one["remote_id"] == field), [])
    assert len({one["remote_id"] for one in listed}) == len(listed)
    return {one["remote_id"]: one for one in listed}


def brex_requests(installation: Installation) -> int:
    return sum(installation.sandbox.operations("brex").values())


def run(installation: Installation, target: Target, **options: Any) -> Any:
    return installation.application.wired(NAME).sync.run(target, **options)


def again(installation: Installation) -> None:
    installation.sql("UPDATE schedule SET due_at = now() WHERE starts_with(job, 'sync_')")


@pytest.mark.parametrize("erp", ERPS.values(), ids=list(ERPS))
def test_the_clock_brings_master_data_from_the_erp_to_brex(installation, erp):
    installation.connect(erp=erp, mapping=SYNC)
    installation.worker()
    installation.beat()
    wait_until(
        lambda: outcomes(installation) == dict.fromkeys(Target, SyncOutcome.DONE), "all are done"
    )
    assert values(installation, "GL_ACCOUNT")["7500"]["value"] == "7500 Other G&A"
    assert "6999" not in values(installation, "GL_ACCOUNT")  # blocked, or at an end
    assert sorted(values(installation, "COST_CENTER")) == [f"CC{n}0" for n in range(1, 7)]
    data = MasterData(
        installation.application.database, installation.application.wired(NAME).connection.id
    )
    assert all(data.entries(kind) for kind in Kind)
    installation.until_polled()
    before = brex_requests(installation)
    if erp.name == "infor-m3":
        changed = [{"aitp": 1, "aitm": "7500", "tx40": "Other G&A", "blocked": True}]
        installation.sandbox.call("POST", "/infor/identities", changed)
    else:
        changed = {"accounts": [{"Account": "7500", "ValidUntil": "2020-12-31"}]}
        installation.sandbox.call("POST", "/ifs/registers", {"set": changed})
    again(installation)
    wait_until(lambda: values(installation, "GL_ACCOUNT")["7500"]["is_disabled"], "7500 is closed")
    runs = "SELECT count(*) FROM sync_run WHERE outcome = 'done'"
    wait_until(lambda: installation.sql(runs) == [(8,)], "all are done again")
    assert brex_requests(installation) == before + 1
    status = installation.command("status")
    assert "Master data" in status


def test_fifty_thousand_values_take_few_requests_and_an_unchanged_refresh_takes_none(installation):
    installation.connect(brex=HIGH_BUDGET)
    installation.sandbox.call("POST", "/infor/registers", {"cost_centers": 50_000})
    report = run(installation, Target.DIMENSIONS)
    assert (report.outcome, report.entries) == (SyncOutcome.DONE, 50_000 + 6 + 7)
    assert len(values(installation, "COST_CENTER")) == 50_006
    assert brex_requests(installation) <= 60
    before = brex_requests(installation)
    assert run(installation, Target.DIMENSIONS).changes == ()
    assert brex_requests(installation) == before


def test_a_worker_killed_in_the_middle_leaves_nothing_half_done_for_the_next_run(installation):
    installation.connect(mapping='[sync]\ndimensions_every = "1h"')
    installation.sandbox.call("POST", "/infor/registers", {"cost_centers": 2_500})
    installation.sandbox.fault("latency", operation=VALUES, skip=1, times=1, seconds=2.0)
    installation.worker()
    installation.beat()
    wait_until(lambda: installation.sandbox.fired() == 1, "the second list is on its way")
    installation.kill("worker")
    with pytest.raises(Exception, match="going on already"):
        run(installation, Target.DIMENSIONS)
    installation.sql("UPDATE sync_run SET lease_until = now()")
    wait_until(lambda: len(values(installation, "COST_CENTER")) == 2000, "the late one arrived")
    report = run(installation, Target.DIMENSIONS)
    assert report.outcome is SyncOutcome.DONE
    assert len(values(installation, "COST_CENTER")) == 2_506
    assert installation.sql("SELECT outcome FROM sync_run ORDER BY id") == [
        ("abandoned",),
        ("done",),
    ]


def test_a_list_whose_answer_was_lost_is_looked_for_before_it_is_sent_again(installation):
    installation.connect()
    installation.sandbox.call("POST", "/infor/registers", {"cost_centers": 1_500})
    installation.sandbox.fault("drop_after", operation=VALUES, skip=1, times=1)
    assert run(installation, Target.DIMENSIONS).outcome is SyncOutcome.FAILED
    assert run(installation, Target.DIMENSIONS).outcome is SyncOutcome.DONE
    assert len(values(installation, "COST_CENTER")) == 1_506
    assert installation.sandbox.operations("brex")[VALUES] == 2


def test_what_was_deleted_in_brex_is_added_again(installation):
    installation.connect()
    run(installation, Target.DIMENSIONS)
    field = "/v1/fields/extended_field_cost_center/values"
    everything = list(values(installation, "COST_CENTER"))
    deleted = {"items": [{"remote_id": one} for one in everything]}
    installation.sandbox.brex("DELETE", field, deleted, token=canaries.BREX_TOKEN)
    installation.sql("UPDATE brex_field SET known = false")
    assert run(installation, Target.DIMENSIONS).outcome is SyncOutcome.DONE
    assert list(values(installation, "COST_CENTER")) == everything
