"""The main job into IFS Cloud, through real processes: each record is one proposal, once."""

import pytest

from tests.endtoend.erps import IFS
from tests.endtoend.installation import Installation


@pytest.fixture
def running(installation: Installation) -> Installation:
    installation.everything(erp=IFS)
    return installation


def proposals(installation):
    return installation.sandbox.call("GET", "/ifs/documents")["proposals"]


@pytest.mark.parametrize("count", [1, 300])
def test_released_records_become_proposals_once_and_are_exported(running, count):
    ids = running.spend(count, refunds=0.1)
    running.release()
    running.wait_for("exported", count)
    running.assert_posted_once(ids)
    assert {one["state"] for one in proposals(running)} == {"Balanced"}
