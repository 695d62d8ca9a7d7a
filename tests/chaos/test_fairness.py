"""F23: one connection with a mountain of work does not starve the others."""

import statistics

import pytest

from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME
from tests.waiting import wait_until

SMALL = ("small-b", "small-c", "small-d", "small-e")
RECORDS = 20


def times_s(stage: Stage, prefix: str) -> list[float]:
    """How long records took from their announcement to their export; those that are through."""
    rows = stage.sql(
        "SELECT extract(epoch FROM exported_at - received_at)::float8 FROM record"
        " WHERE record_id LIKE %s AND status = 'exported'",
        f"{prefix}%",
    )
    return [row[0] for row in rows]


def p95_s(stage: Stage, *names: str) -> float:
    """The 95th percentile of the heaps of these names, once they are through."""

    def took() -> list[float]:
        return [one for name in names for one in times_s(stage, f"{name}_")]

    wait_until(lambda: len(took()) == RECORDS * len(names), "the heaps are through", 300)
    return round(statistics.quantiles(took(), n=20)[-1], 2)


@pytest.mark.timeout(1800)
@pytest.mark.fails_without("one_hint")
def test_f23_small_connections_get_through_beside_a_large_one(stage: Stage, scale: Scale) -> None:
    stage.flying_time = False
    for name in (NAME, "solo", *SMALL):
        stage.connect(name=name)
    stage.sql("UPDATE schedule SET due_at = now() + interval '1 day' WHERE job = 'poll'")
    for number in (1, 2):
        stage.worker(f"worker-{number}")
    stage.beat()
    mountain = stage.spend(scale.of(20_000, 2_000), seed=stage.seed)
    heaps = {
        name: stage.spend(RECORDS, seed=stage.seed + n, id_prefix=f"{name}_")
        for n, name in enumerate(("warm", "solo", *SMALL), 1)
    }
    stage.release(send=False)
    for name in ("warm", "solo"):
        stage.announce(heaps[name], name="solo")
        alone_s = p95_s(stage, name)
    stage.announce(mountain)
    wait_until(lambda: len(times_s(stage, "accr_")) > 200, "the mountain is being moved")
    for name in SMALL:
        stage.announce(heaps[name], name=name)
    beside_s = p95_s(stage, *SMALL)
    left = len(mountain) - len(times_s(stage, "accr_"))
    stage.figure(alone_s=alone_s, beside_s=beside_s, left=left)
    assert left > 0, "the mountain was gone before"
    assert beside_s <= 2 * alone_s
    stage.until_quiet(len(mountain) + RECORDS * len(heaps), limit_s=900)
    stage.assert_sound([*mountain, *(one for heap in heaps.values() for one in heap)])
