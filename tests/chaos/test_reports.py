"""Brex hears of an export, and its answer is lost (F32)."""

import pytest

from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)
REPORT = "/v3/accounting/records/export-results"


@pytest.mark.parametrize("kind", ["drop_after", "500_after", "504_after", "truncated_json"])
def test_f32_a_report_is_taken_and_its_answer_lost(stage: Stage, scale: Scale, kind: str) -> None:
    """Most answers are lost, and for a while Brex's reads fail too: a repeat is refused."""
    count = scale.of(200, 20)
    stage.connect(bulk_size=10)
    stage.sandbox.fault(kind, peer="brex", path=REPORT, rate=0.6)
    stage.sandbox.fault("500_before", peer="brex", path="/v3/accounting/records", skip=2, times=12)
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}")
    stage.beat()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    wait_until(lambda: reports(stage).count("EXPORTED") > 0, "a report is taken", 120)
    stage.until_quiet(count)
    assert stage.statuses() == {"exported": count}, "nobody had to look"
    assert reports(stage) == ["EXPORTED"] * count
    stage.figure(faults=stage.sandbox.fired(), refused_repeats=refused(stage))
    stage.assert_sound(ids)


@pytest.mark.short
@pytest.mark.fails_without("reading_back")
def test_f32_a_repeat_that_brex_refuses_with_422_counts_as_told(stage: Stage, scale: Scale) -> None:
    """The answer is lost and Brex's reads are behind: the report is sent again, and refused."""
    count = scale.of(200, 20)
    stage.connect(bulk_size=10)
    stage.sandbox.fault("drop_after", peer="brex", path=REPORT, times=2)
    stage.sandbox.fault("stale_reads", peer="brex", seconds=4.0)
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}")
    stage.beat()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    stage.until_quiet(count)
    assert stage.statuses() == {"exported": count}, "nobody had to look"
    assert refused(stage) > 0
    stage.figure(refused_repeats=refused(stage))
    stage.assert_sound(ids)


def reports(stage: Stage) -> list[str]:
    """The status in Brex of every record."""
    return [one["review_status"] for one in stage.sandbox.call("GET", "/brex/records")["records"]]


def refused(stage: Stage) -> int:
    """How many repeated results Brex refused."""
    found = stage.sandbox.call("GET", "/brex/records")["records"]
    return sum(one["refused_exports"] for one in found)
