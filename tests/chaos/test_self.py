"""The kit tries itself out: a product that is not safe must not pass.

The scenarios do so too: `make chaos-without` runs each with the part taken away that it guards.
"""

from contextlib import suppress

import pytest

from tests.chaos.attacks import attack_the_erp
from tests.chaos.conftest import Scale
from tests.chaos.judge import Verdict
from tests.chaos.points import Plan
from tests.chaos.stage import Stage
from tests.endtoend.installation import expected
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

#: Records of one batch, which meet one fate together.
RECORDS = 5
COMPARED = "commit.intent.after"
#: Longer than a worker takes until it has compared.
LATE_S = 15.0
#: For a worker to start, and to get to where it is to sleep.
PATIENCE_S = 180.0


def seen_to_the_end(stage: Stage, ids: list[str]) -> Verdict:
    """The verdict after the attack; a product that is not whole need not come to rest."""
    with suppress(AssertionError):
        stage.until_quiet(len(ids), limit_s=90)
        stage.heal(len(ids), limit_s=60)
    return stage.verdict(ids)


@pytest.mark.short
def test_the_kit_sees_that_look_up_then_add_posts_twice(stage: Stage, scale: Scale) -> None:
    stage.do_without("protocol")
    ids = attack_the_erp(stage, scale.of(200, 60), program="APS100MI")
    verdict = seen_to_the_end(stage, ids)
    assert verdict.twice, f"seed {stage.seed}: {verdict}"


@pytest.mark.parametrize(
    ("without", "asleep_at"),
    [
        pytest.param("", "line.intent.before", id="nothing, asleep before its promise"),
        pytest.param("", "line.intent.after", id="nothing, asleep after its promise"),
        pytest.param("", COMPARED, id="nothing, asleep before its commit"),
        pytest.param("fence", "line.intent.before", id="fence"),
        pytest.param("intent", "line.intent.after", id="intent"),
        pytest.param("decision", COMPARED, id="decision"),
    ],
)
def test_a_worker_wakes_up_between_comparison_and_validation_without(
    stage: Stage, without: str, asleep_at: str
) -> None:
    """Thought dead, it has another take its work over, compare the draft, and be about to commit
    it: then it goes on with what it was at."""
    stage.stall_s = 900.0  # who sleeps is woken here
    stage.do_without(without)
    stage.connect(timeout_s=1, bulk_size=RECORDS)
    stage.plan(
        Plan(COMPARED, "stall", nth=2 if asleep_at == COMPARED else 1, name="successor"),
        Plan(asleep_at, "stall", nth=1, name="sleeper"),
    )
    ids = announced(stage, RECORDS)
    stage.attacked_worker("sleeper", concurrency=1)
    wait_until(lambda: stage.fired() == 1, "one is asleep", PATIENCE_S)
    turns = posted_in_turns(stage, "sleeper")
    stage.attacked_worker("successor", concurrency=1)
    compared = "another has compared, and not yet committed"
    wait_until(lambda: stage.fired() == 2, compared, PATIENCE_S)
    stage.wake("sleeper")
    went_on = "the sleeper did what it was at"
    wait_until(lambda: posted_in_turns(stage, "sleeper") > turns, went_on, PATIENCE_S)
    stage.wake("successor")
    judge(stage, ids, without)


@pytest.mark.parametrize("without", ["", "doubt"], ids=["nothing", "doubt"])
def test_lines_land_between_comparison_and_validation_without(stage: Stage, without: str) -> None:
    """The answer to the lines of a draft is lost; they land after what came next was compared."""
    stage.stall_s = 900.0
    stage.do_without(without)
    stage.connect(timeout_s=1)
    stage.plan(Plan(COMPARED, "stall", nth=1))
    stage.sandbox.fault("late_apply", transaction="AddLine", times=1, seconds=LATE_S)
    ids = announced(stage, 1)
    meant = len(expected(stage.sandbox.call("GET", f"/brex/records/{ids[0]}")["record"]))
    stage.attacked_worker("worker", concurrency=1)
    wait_until(lambda: stage.fired() == 1, "all is compared, and not yet committed", PATIENCE_S)
    assert written_lines(stage) == meant, "they landed too soon"
    wait_until(lambda: written_lines(stage) == 2 * meant, "the late lines land")
    stage.wake("worker")
    judge(stage, ids, without)


def announced(stage: Stage, count: int) -> list[str]:
    """The records of one batch, for whoever comes first."""
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    stage.beat()
    return ids


def judge(stage: Stage, ids: list[str], without: str) -> None:
    """The whole product stands it; without its part, every record is posted wrongly."""
    verdict = seen_to_the_end(stage, ids)
    if without:
        assert len(verdict.wrong + verdict.twice) >= len(ids), f"seed {stage.seed}: {verdict}"
    else:
        assert verdict.is_sound, f"seed {stage.seed}: {verdict}"
        assert stage.statuses() == {"exported": len(ids)}


def posted_in_turns(stage: Stage, worker: str) -> int:
    """How many turns of posting a worker has ended."""
    lines = stage.log_of(worker).splitlines()
    return len([line for line in lines if "Task post[" in line and "succeeded" in line])


def written_lines(stage: Stage) -> int:
    """The lines in all drafts in the ERP."""
    return sum(len(batch["lines"]) for batch in stage.batches())
