"""F02: a process is killed, or stopped for three leases, at each point where it matters."""

from datetime import UTC, datetime, timedelta

import pytest

from tests.chaos.attacks import books
from tests.chaos.conftest import Scale
from tests.chaos.points import POINTS, Plan
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME
from tests.waiting import wait_until

#: Records that meet one fate together.
RECORDS = 5
#: A write, a decision, a report: these run with `make test` too.
FIRST = ("head.sent", "decide.after", "exported.before")
#: The points by what they are about; those of one area are reached in one installation.
AREAS = {
    "gateway": ("gateway.",),
    "taking in": ("message.", "claim.", "fetch.", "map."),
    "heads": ("draft.", "head."),
    "lines": ("line.",),
    "reads": ("look_up.", "read.", "request."),
    "controls of entries": ("control.", "day_refused."),
    "decisions and commits": ("decide.", "commit.", "posted."),
    "spare drafts": ("abandoned.", "discard."),
    "reports": ("report.", "exported."),
    "tokens": ("token.",),
    "clock": ("tick.", "sweep."),
}
CELLS: dict[str, tuple[str, ...]] = {"first of all": FIRST} | {
    area: tuple(name for name in POINTS if name.startswith(begins) and name not in FIRST)
    for area, begins in AREAS.items()
}
assert sorted(name for cell in CELLS.values() for name in cell) == sorted(POINTS)


@pytest.mark.timeout(1800)
@pytest.mark.parametrize(
    "area",
    [pytest.param(name, marks=[pytest.mark.short] * (name == "first of all")) for name in CELLS],
)
def test_f02_a_process_ends_or_freezes_everywhere(stage: Stage, scale: Scale, area: str) -> None:
    entries = books("GLS840MI") | {"rules": 'closed_period = "next_open_period"'}
    stage.connect(timeout_s=1, **entries if area == "controls of entries" else {})
    hurried = {"webhook_timeout_s": 3.0, "webhook_retry_scale": 0.2}
    stage.sandbox.call("PATCH", "/settings", {"brex": hurried})
    stage.attacked_worker(concurrency=2)
    stage.beat()
    stage.attacked_gateway()
    stage.until_polled()
    ids: list[str] = []
    for point in CELLS[area]:
        before = stage.fired()
        for nth in range(1, scale.of(3, 1) + 1):
            for do in ("kill", "stall"):
                fired = stage.fired()
                stage.plan(Plan(point, do, nth=nth, name=f"{do}-{nth}"))
                ids += stage.spend(RECORDS, seed=stage.seed + len(ids), id_prefix=f"r{len(ids)}_")
                lead_to(point, stage)
                deliver(point, stage, ids[-RECORDS:])
                stage.until_quiet(len(ids))
                finish_off(point, stage, fired)
        assert stage.fired() >= before + 2, f"{point} was not reached"
    stage.figure(points=len(CELLS[area]))
    stage.heal(len(ids))
    stage.assert_sound(ids)


def deliver(point: str, stage: Stage, ids: list[str]) -> None:
    """Have Brex announce the records; where the sweep is to hint at them, nobody else does."""
    is_for_the_sweep = point == "message.without_ids.popped"
    stage.release(send=not is_for_the_sweep, max_ids=RECORDS)
    if is_for_the_sweep:
        stage.announce(ids)


def lead_to(point: str, stage: Stage) -> None:
    """Bring about what the point is a part of."""
    if point.startswith("day_refused."):
        stage.sandbox.call("PATCH", "/settings", {"infor": {"closed_until": _last_month()}})
        stage.sql("DELETE FROM refused_day")
    if point.startswith("token."):
        # a turn that a killed worker has not ended is over
        stage.sql("UPDATE oauth_token SET refreshing_until = now()")
        stage.sandbox.fault("401", peer="infor", effect="write", times=1)
    if point.startswith(("abandoned.", "discard.")):
        stage.sandbox.fault("late_apply", transaction="AddHead", times=1, seconds=9.0)


def _last_month() -> str:
    """The last day of the month of all that is spent here, as M3 writes it."""
    return (datetime.now(UTC).replace(day=1) - timedelta(days=1)).strftime("%Y%m%d")


def finish_off(point: str, stage: Stage, fired: int) -> None:
    """Wait for the clock, or have what was given up removed from the ERP, where that is the point."""
    if point.startswith(("tick.", "sweep.")):
        wait_until(lambda: stage.fired() > fired, f"{point} comes round")
    if not point.startswith("discard."):
        return
    spare = "SELECT count(*) FROM erp_draft WHERE state = 'spare'"
    connection = stage.application.wired(NAME).connection.id

    def is_gone() -> bool:
        stage.sql("UPDATE erp_draft SET tidy_at = now() WHERE state = 'spare'")
        stage.sql(
            "UPDATE schedule SET due_at = now() WHERE job = 'spares' AND connection_id = %s"
            " AND coalesce(started_at, 'epoch') < now() - interval '3 s'",
            connection,
        )
        return stage.sql(spare) == [(0,)]

    wait_until(is_gone, "what was given up is gone from the ERP", 120)
