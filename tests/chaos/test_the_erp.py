"""The ERP answers late, wrongly, twice or not at all, while workers die (F01, F03 to F07, F09)."""

import pytest

from tests.chaos.attacks import LOST_ANSWERS, attack_the_erp
from tests.chaos.conftest import Scale
from tests.chaos.points import Plan
from tests.chaos.stage import Stage

pytestmark = pytest.mark.timeout(900)


def post(stage: Stage, count: int, plans: list[Plan] | None = None) -> list[str]:
    """Records on their way through two workers whose children meet their fate."""
    stage.plan(*(plans or []))
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}")
    stage.beat()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    return ids


#: For what the product holds a record for good where what posts may not be repeated (all but
#: APS450MI), and a look-up cannot tell whether it took effect: it is never sent again.
UNCLEAR = ("outcome_unknown", "content_differs")


def finish(stage: Stage, ids: list[str], program: str = "APS450MI") -> None:
    """Wait, heal, and hear the verdict."""
    stage.until_quiet(len(ids))
    stage.heal(len(ids))
    held = stage.sql(
        "SELECT record_id FROM record WHERE status = 'held' AND reason = ANY(%s)", list(UNCLEAR)
    )
    unclear = [row[0] for row in held] if program != "APS450MI" else []
    stage.figure(unclear=len(unclear))
    stage.assert_sound(ids, held=unclear)


def sent(stage: Stage, *names: str) -> int:
    """How often M3 was asked for these transactions, inside bulk calls too."""
    operations = stage.sandbox.operations()
    return sum(operations.get(f"APS450MI/{name}", 0) for name in names)


@pytest.mark.parametrize(
    "program",
    [
        pytest.param("APS450MI", marks=pytest.mark.short),
        pytest.param("APS100MI", marks=pytest.mark.short),
        "GLS840MI",
        "APS450MI and GLS840MI",
    ],
)
def test_the_product_stands_the_attack_that_others_do_not(
    stage: Stage, scale: Scale, program: str
) -> None:
    finish(stage, attack_the_erp(stage, scale.of(200, 40), program=program), program)


@pytest.mark.fails_without("resuming")
def test_f01_a_worker_is_killed_between_head_and_lines_of_every_record(
    stage: Stage, scale: Scale
) -> None:
    stage.connect(bulk_size=4, timeout_s=1)
    ids = post(stage, scale.records, [Plan("head.settled.after", each_record=True)])
    finish(stage, ids)
    assert stage.fired() >= scale.records / 4
    assert stage.sql("SELECT count(*) FROM erp_draft WHERE state <> 'decided'") == [(0,)]


@pytest.mark.fails_without("doubt")
def test_f03_a_worker_sleeps_between_a_promise_and_its_call(stage: Stage, scale: Scale) -> None:
    stage.stall_s = 10.0  # three leases, as time flies here
    stage.connect(bulk_size=4, timeout_s=1)
    plans = [Plan(f"{step}.intent.after", "stall", rate=0.2) for step in ("head", "line", "commit")]
    ids = post(stage, scale.records, plans)
    stage.until_quiet(len(ids))
    stage.until_awake()
    finish(stage, ids)
    assert stage.fired() >= scale.records / 20
    markers = dict(stage.sql("SELECT marker, state FROM erp_draft"))
    woken = [batch for batch in stage.batches() if markers[batch["cori"]] != "decided"]
    stage.figure(landed_in_spare_drafts=len(woken))
    assert woken
    assert all(int(batch["supa"]) == 10 for batch in woken)


@pytest.mark.fails_without("doubt")
def test_f04_writes_land_long_after_they_were_given_up(stage: Stage, scale: Scale) -> None:
    stage.connect(bulk_size=4, timeout_s=1)
    stage.storm(0.15, ("late_apply",), seconds=12.0)
    ids = post(stage, scale.records)
    finish(stage, ids)
    promised = stage.sql("SELECT count(*) FROM erp_write WHERE step IN ('head', 'line')")
    assert sent(stage, "AddHead", "AddLine") <= promised[0][0]


@pytest.mark.parametrize("program", ["APS450MI", "APS100MI"])
@pytest.mark.parametrize("kind", ["drop_after", "500_after"])
@pytest.mark.fails_without("doubt")
def test_f05_f06_answers_are_lost_after_the_write_took_effect(
    stage: Stage, scale: Scale, program: str, kind: str
) -> None:
    stage.connect(program=program, bulk_size=4, timeout_s=1)
    stage.storm(0.2, (kind,))
    ids = post(stage, scale.records)
    stage.until_quiet(len(ids))
    doubted = stage.sql("SELECT count(*) FROM erp_write WHERE outcome IN ('found', 'absent')")
    commits = stage.sql("SELECT count(*) FROM erp_write WHERE outcome = 'unknown'")
    assert doubted[0][0] + commits[0][0] >= stage.sandbox.fired() > 0
    finish(stage, ids, program)


@pytest.mark.fails_without("settling_time")
def test_f07_what_was_written_shows_ten_seconds_later(stage: Stage, scale: Scale) -> None:
    stage.flying_time = False
    stage.connect(settle_s=20)
    stage.sandbox.fault("stale_reads", peer="infor", seconds=10.0)
    ids = post(stage, scale.records)
    finish(stage, ids)
    assert stage.sql("SELECT count(*) FROM erp_draft WHERE state <> 'decided'") == [(0,)]


@pytest.mark.fails_without("comparison")
def test_f09_a_proxy_sends_every_call_twice(stage: Stage, scale: Scale) -> None:
    stage.repeats_calls = True
    stage.connect(bulk_size=4, timeout_s=1)
    stage.sandbox.fault("duplicate_apply", peer="infor", effect="write")
    ids = post(stage, scale.records)
    stage.until_quiet(len(ids))
    assert stage.statuses() == {"held": len(ids)}
    assert not stage.ledger()
    finish(stage, ids)


def test_f04_f05_at_once_with_every_kind_of_lost_answer(stage: Stage, scale: Scale) -> None:
    stage.connect(bulk_size=10, timeout_s=1)
    stage.storm(0.05, (*LOST_ANSWERS, "late_apply", "html"), seconds=8.0)
    ids = post(stage, scale.records)
    finish(stage, ids)
