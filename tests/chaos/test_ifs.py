"""The main job into IFS Cloud under attack: each record is one proposal with all its lines, or held
where nobody can tell (F01 to F10, F24, F29; stale ETags; the rate budget).

A change set in IFS posts at once. What is lost is looked for twice and then held, never sent again.
"""

import os
import subprocess
import sys
import time
from typing import Any

import pytest
from redis import Redis

from tests.chaos import broker
from tests.chaos.attacks import LOST_ANSWERS, attack_the_erp
from tests.chaos.conftest import Scale
from tests.chaos.points import Plan
from tests.chaos.stage import Stage
from tests.endtoend.erps import IFS
from tests.endtoend.installation import NAME
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(900)

HEAD = {"program": "PostingProposalHandling", "transaction": "POST PostingProposalHeadSet"}
#: Where a process ends or freezes, by what it is at.
POINTS: dict[str, tuple[str, ...]] = {
    "the change set": ("head.sent",),
    "before it": (
        *("claim.after", "draft.opened.before", "draft.opened.after", "look_up.after"),
        *("head.intent.before", "head.intent.after", "request.sent"),
    ),
    "after it": (
        *("head.settled.before", "head.settled.after", "read.after", "decide.before"),
        *("decide.after", "posted.before", "posted.after"),
    ),
    "reports": ("report.sent.before", "report.sent.after", "exported.before", "exported.after"),
}


def post(stage: Stage, count: int, *plans: Plan) -> list[str]:
    """Records on their way through two workers whose children meet their fate."""
    stage.plan(*plans)
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}")
    stage.beat()
    ids = stage.spend(count, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    return ids


def finish(stage: Stage, ids: list[str]) -> list[str]:
    """Wait, heal, and hear the verdict; the records of which nobody can tell what became."""
    stage.until_quiet(len(ids))
    stage.heal(len(ids))
    held = stage.sql(
        "SELECT record_id FROM record WHERE status = 'held' AND reason = 'outcome_unknown'"
    )
    unclear = [row[0] for row in held]
    stage.figure(unclear=len(unclear))
    stage.assert_sound(ids, held=unclear)
    assert {one["state"] for one in proposals(stage)} <= {"Balanced"}
    return unclear


def proposals(stage: Stage) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = stage.sandbox.call("GET", "/ifs/documents")["proposals"]
    return found


def heads_sent(stage: Stage) -> int:
    return stage.sandbox.operations("ifs").get("/".join(HEAD.values()), 0)


@pytest.mark.short
def test_ifs_stands_the_attack_that_others_do_not(stage: Stage, scale: Scale) -> None:
    ids = attack_the_erp(stage, scale.of(200, 40), erp=IFS, program="posting_proposal")
    finish(stage, ids)


@pytest.mark.fails_without("resuming")
def test_f01_ifs_a_worker_is_killed_after_the_change_set_of_every_record(
    stage: Stage, scale: Scale
) -> None:
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    ids = post(stage, scale.records, Plan("head.settled.before", each_record=True))
    assert finish(stage, ids) == []
    assert stage.fired() >= scale.records / 4
    assert heads_sent(stage) == scale.records
    found = stage.sql("SELECT count(*) FROM erp_write WHERE outcome = 'found'")
    assert found[0][0] >= scale.records / 4


@pytest.mark.parametrize(
    "area",
    [pytest.param(name, marks=[pytest.mark.short] * (name == "the change set")) for name in POINTS],
)
def test_f02_ifs_a_process_ends_or_freezes_everywhere(
    stage: Stage, scale: Scale, area: str
) -> None:
    stage.connect(erp=IFS, timeout_s=1)
    stage.attacked_worker(concurrency=2)
    stage.beat()
    ids: list[str] = []
    for point in POINTS[area]:
        before = stage.fired()
        for nth in range(1, scale.of(3, 1) + 1):
            for do in ("kill", "stall"):
                stage.plan(Plan(point, do, nth=nth, name=f"{do}-{nth}"))
                more = stage.spend(5, seed=stage.seed + len(ids), id_prefix=f"r{len(ids)}_")
                stage.release(send=False)
                stage.announce(more)
                ids += more
                stage.until_quiet(len(ids))
        assert stage.fired() >= before + 2, f"{point} was not reached"
    stage.figure(points=len(POINTS[area]))
    finish(stage, ids)


@pytest.mark.fails_without("doubt")
def test_f03_ifs_a_worker_sleeps_between_the_promise_and_the_change_set(
    stage: Stage, scale: Scale
) -> None:
    stage.stall_s = 10.0  # three leases, as time flies here
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    ids = post(stage, scale.records, Plan("head.intent.after", "stall", rate=0.2))
    stage.until_quiet(len(ids))
    stage.until_awake()
    finish(stage, ids)
    assert stage.fired() >= scale.records / 40
    assert heads_sent(stage) <= scale.records


@pytest.mark.fails_without("doubt")
def test_f04_ifs_change_sets_land_long_after_they_were_given_up(stage: Stage, scale: Scale) -> None:
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    stage.storm(0.15, ("late_apply",), seconds=12.0)
    ids = post(stage, scale.records)
    stage.until_quiet(len(ids))
    stage.until_landed()
    assert finish(stage, ids) == []
    assert heads_sent(stage) == scale.records


@pytest.mark.parametrize("kind", ["drop_after", "500_after", "504_after", "commit"])
@pytest.mark.fails_without("doubt")
def test_f05_f06_ifs_answers_are_lost_after_the_change_set_took_effect(
    stage: Stage, scale: Scale, kind: str
) -> None:
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    if kind == "commit":  # of one change set of a batch: 504 after its commit
        rule = {"code": "ODP_OPERATION_TIMEOUT", "applied": True, "rate": 0.2}
        stage.sandbox.fault("refuse", **HEAD | rule)
    else:
        stage.storm(0.2, (kind,))
    ids = post(stage, scale.records)
    assert finish(stage, ids) == []
    assert heads_sent(stage) == scale.records
    found = stage.sql("SELECT count(*) FROM erp_write WHERE outcome = 'found'")
    assert found[0][0] >= stage.fired() or found[0][0] > 0


@pytest.mark.short
@pytest.mark.fails_without("doubt")
def test_f05_ifs_a_change_set_of_which_nobody_can_tell_is_looked_for_twice_and_held(
    stage: Stage, scale: Scale
) -> None:
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    stage.sandbox.fault("drop_before", times=3, **HEAD)
    ids = post(stage, scale.of(200, 20))
    unclear = finish(stage, ids)
    assert unclear
    assert heads_sent(stage) == len(ids), "nothing doubtful was sent again, by the retry neither"
    looks = stage.sql("SELECT min(looks) FROM erp_write WHERE outcome = 'unknown'")
    assert looks == [(1,)], "one look in vain, and the one that led to the hold"
    assert len(proposals(stage)) == len(ids) - len(unclear)


@pytest.mark.fails_without("settling_time")
def test_f07_ifs_what_was_written_shows_ten_seconds_later(stage: Stage, scale: Scale) -> None:
    stage.flying_time = False
    stage.connect(erp=IFS, settle_s=20)
    known_at = time.monotonic()
    wait_until(lambda: time.monotonic() > known_at + 10, "IFS had its suppliers ten seconds ago")
    stage.sandbox.fault("stale_reads", peer="ifs", seconds=10.0)
    ids = post(stage, scale.records)
    assert finish(stage, ids) == []


def test_f08_ifs_every_message_arrives_five_times(stage: Stage, scale: Scale) -> None:
    stage.flying_time = False
    copies = {broker.COPIES: "5"}
    stage.connect(erp=IFS, bulk_size=10)
    for number in (1, 2):
        stage.attacked_worker(f"worker-{number}", pool="threads", concurrency=10, **copies)
    stage.beat(app="tests.chaos.worker:app", CHAOS_FOLDER=str(stage.folder), **copies)
    ids = stage.spend(scale.records, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    assert finish(stage, ids) == []
    assert heads_sent(stage) == scale.records


@pytest.mark.short
def test_f09_ifs_a_proxy_sends_every_call_twice(stage: Stage, scale: Scale) -> None:
    """IFS refuses the second (ORA-20112), and the first is what was meant."""
    stage.repeats_calls = True
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    stage.sandbox.fault("duplicate_apply", peer="ifs", effect="write")
    ids = post(stage, scale.records)
    assert finish(stage, ids) == []
    assert len(proposals(stage)) == scale.records


@pytest.mark.fails_without("sweep")
def test_f10_ifs_redis_is_emptied_again_and_again(stage: Stage, scale: Scale) -> None:
    stage.connect(erp=IFS, bulk_size=4, timeout_s=1)
    stage.storm(0.05, LOST_ANSWERS)
    ids = post(stage, scale.records)
    assert stage.settings.redis_url
    with Redis.from_url(stage.settings.redis_url.reveal()) as redis:
        for part in range(1, 6):
            enough = scale.records * part // 6
            wait_until(lambda enough=enough: stage.statuses()["exported"] >= enough, "it goes on")
            redis.flushdb()
    assert finish(stage, ids) == []


def test_f04_f05_ifs_at_once_with_every_kind_of_lost_answer(stage: Stage, scale: Scale) -> None:
    stage.connect(erp=IFS, bulk_size=10, timeout_s=1)
    stage.storm(0.05, (*LOST_ANSWERS, "late_apply", "html", "drop_before"), seconds=8.0)
    for code in ("", "MI_MODIFIED_ERROR", "ORA-20114", "OVERLOADED"):
        stage.sandbox.fault("refuse", code=code, rate=0.05, **HEAD)
    stage.sandbox.fault("429", peer="ifs", rate=0.02, retry_after="1")
    ids = post(stage, scale.records)
    finish(stage, ids)


@pytest.mark.short
def test_f24_ifs_tokens_end_in_mid_run_and_one_worker_asks_for_the_next(
    stage: Stage, scale: Scale
) -> None:
    """Tokens of 20 s are renewed when half of them are left; nobody uses one that is over."""
    stage.sandbox.call("PATCH", "/settings", {"ifs": {"expires_in_s": 20}})
    stage.connect(erp=IFS, bulk_size=1)
    stage.sandbox.fault("latency", peer="ifs", seconds=0.3)
    ids = post(stage, scale.of(200, 60))
    assert finish(stage, ids) == []
    calls = stage.sandbox.call("GET", "/calls?peer=ifs")["ifs"]
    ((generation,),) = stage.sql("SELECT generation FROM oauth_token WHERE peer = 'ifs-cloud'")
    stage.figure(token_requests=generation)
    assert calls["operations"]["token"] == generation >= 2
    assert "401" not in calls["statuses"]


@pytest.mark.fails_without("outages")
def test_f29_ifs_is_away_for_a_while(stage: Stage, scale: Scale) -> None:
    stage.everything(erp=IFS, bulk_size=5)
    ids = stage.spend(scale.records, seed=stage.seed)
    stage.sandbox.fault("500_before", peer="ifs")
    stage.release()
    began = "SELECT 1 FROM outage WHERE peer = 'ifs-cloud' AND ended_at IS NULL"
    wait_until(lambda: stage.sql(began), "an outage")
    assert stage.statuses()["held"] == 0
    stage.heal(len(ids))
    stage.assert_sound(ids)
    assert heads_sent(stage) == len(ids)


@pytest.mark.parametrize("stale_as", ["412", "ora"])
def test_ifs_accounts_are_changed_so_that_every_third_if_match_is_stale(
    stage: Stage, scale: Scale, stale_as: str
) -> None:
    """Another client changes the account of every third change set just before it.

    What is stale six times in a row, some in a hundred here, is held, and goes on once all is well.
    """
    count = scale.of(1000, 100)
    stale = {"if_match_on_create": "account", "stale_as": stale_as}
    stage.sandbox.call("PATCH", "/settings", {"ifs": stale})
    stage.sandbox.fault("overtake", every=3, **HEAD)
    stage.connect(erp=IFS, bulk_size=10, section='if_match_on_create = "parent_etag"')
    ids = post(stage, count)
    stage.until_quiet(len(ids))
    sent, held = heads_sent(stage), stage.statuses()["held"]
    stage.figure(held=held)
    assert held <= count / 10
    reasons = {row[0] for row in stage.sql("SELECT reason FROM record WHERE status = 'held'")}
    assert reasons <= {"erp_refused"}
    stage.heal(count)
    assert stage.statuses() == {"exported": count}
    stage.figure(change_sets=sent, stale=f"{(sent - count) / sent:.0%}")
    assert (sent - count) / sent > 1 / 3
    stage.assert_sound(ids)


def test_f22_ifs_the_budget_of_1000_requests_a_minute_is_used_and_not_exceeded(
    stage: Stage, scale: Scale
) -> None:
    """In real time, one record in each call, so that the budget is what there is too little of."""
    stage.flying_time = False
    stage.sandbox.call("PATCH", "/settings", {"ifs": {"requests_per_minute": 1000}})
    stage.connect(erp=IFS, bulk_size=1, requests_per_minute=1000)
    ids = stage.spend(scale.of(600, 600), seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    for number in (1, 2):
        stage.worker(f"worker-{number}", concurrency=8)
    stage.beat()
    seen: list[tuple[float, dict[str, int]]] = []

    def look() -> tuple[float, dict[str, int]]:
        statuses: dict[str, int] = stage.sandbox.call("GET", "/calls?peer=ifs")["ifs"]["statuses"]
        return time.monotonic(), statuses

    wait_until(lambda: stage.statuses()["exported"] > 10, "it goes on")
    seen.append(look())
    wait_until(lambda: time.monotonic() > seen[0][0] + 60, "a minute is over", 90)
    seen.append(look())
    (began, before), (ended, after) = seen
    assert stage.statuses()["exported"] < len(ids), "there was enough to do all the time"
    taken = (sum(after.values()) - sum(before.values())) / (ended - began) * 60
    refused = after.get("429", 0) / sum(after.values())
    stage.figure(statuses=after, used=f"{taken / 1000:.0%}", refused=f"{refused:.2%}")
    assert taken >= 900
    assert refused <= 0.01
    stage.until_quiet(len(ids))
    stage.assert_sound(ids)


@pytest.mark.fails_without("one_at_a_time")
def test_f24_ifs_fifty_threads_in_four_processes_make_one_token_request_for_each_expiry(
    stage: Stage, scale: Scale
) -> None:
    expiries = scale.of(8, 3)
    stage.sandbox.call("PATCH", "/settings", {"ifs": {"expires_in_s": 12}})
    stage.connect(erp=IFS)
    command = [sys.executable, "-m", "tests.chaos.stampede"]
    processes = [
        subprocess.Popen(
            [*command, str(threads), str(expiries * 6 + 1), "ifs-cloud"],
            env=os.environ | stage.settings.to_environment() | stage.environment,
        )
        for threads in (13, 13, 12, 12)
    ]
    assert [process.wait(120) for process in processes] == [0] * 4
    calls = stage.sandbox.call("GET", "/calls?peer=ifs")["ifs"]
    ((generation,),) = stage.sql("SELECT generation FROM oauth_token WHERE peer = 'ifs-cloud'")
    stage.figure(token_requests=generation, statuses=calls["statuses"])
    assert calls["operations"]["token"] == generation
    assert expiries <= generation <= expiries + 1
    assert set(calls["statuses"]) == {"200"}, "nobody used a token that was over"
    assert stage.application.wired(NAME).erp.probe().outcome.value == "done"
