"""The ERP takes no writes, then nothing at all, for hours as they are counted here (F29)."""

import pytest

from tests.chaos.conftest import Scale
from tests.chaos.stage import Stage
from tests.waiting import wait_until

pytestmark = [pytest.mark.timeout(600), pytest.mark.short]

RUNNING = "SELECT of_writes FROM outage WHERE peer = 'infor-m3' AND ended_at IS NULL"


def probed(stage: Stage) -> int:
    """Let the time of the next probe come, and wait until it was in vain; the wait that is due.

    A probe of which nothing came is followed by another a minute later.
    """
    stage.sql("UPDATE outage SET probe_at = now(), why = 'to be probed'")
    in_vain = "SELECT wait_s FROM outage WHERE why <> 'to be probed' AND ended_at IS NULL"
    wait_until(lambda: stage.sql(in_vain), "a probe in vain", limit_s=180)
    ((wait_s,),) = stage.sql(in_vain)
    return int(wait_s)


@pytest.mark.fails_without("outages")
def test_f29_an_erp_that_is_away_for_eight_hours_is_left_alone_until_it_is_back(
    stage: Stage, scale: Scale
) -> None:
    sandbox = stage.sandbox
    stage.flying_time = False
    stage.everything(bulk_size=5)
    ids = stage.spend(scale.of(200, 60), seed=stage.seed)
    sandbox.fault("500_before", peer="infor", effect="write")
    stage.release()
    wait_until(lambda: stage.sql(RUNNING) == [(True,)], "an outage of writes")
    in_hand = "SELECT 1 FROM record WHERE next_step = 'post' AND lease_until > now()"
    wait_until(lambda: not stage.sql(in_hand), "what was in hand is given back")
    waits = []
    for _ in range(scale.of(20, 4)):
        before = sandbox.writes()
        stage.let_time_pass()
        stage.sql("UPDATE outage SET probe_at = now() + interval '1 hour'")
        waits.append(probed(stage))
        assert sandbox.writes() <= before + 1, "one record, one write"
    assert stage.statuses()["held"] == 0

    sandbox.call("DELETE", "/faults")
    sandbox.fault("drop_before", peer="infor")
    before = sandbox.operations()
    away = scale.of(20, 4)
    waits += [probed(stage) for _ in range(away)]
    asked = {name: times - before.get(name, 0) for name, times in sandbox.operations().items()}
    assert {name: times for name, times in asked.items() if times} == {"MNS150MI/GetUserData": away}
    assert min(waits) >= 60, "a probe a minute at the most, from the second on"
    assert stage.statuses()["held"] == 0

    stage.flying_time = True
    stage.heal(len(ids))
    stage.assert_sound(ids)
    refused = sandbox.call("GET", "/calls?peer=infor")["infor"]["statuses"].get("429", 0)
    began = sum(stage.log_of(name).count("outage_began") for name in ("worker-1", "worker-2"))
    stage.figure(refused_429=refused, outages=began, hours_away=round(sum(waits) / 3600, 1))
    assert (refused, began) == (0, 1)
    assert stage.sql(RUNNING) == []
