"""The clock's jobs: each slot is claimed once, however many clocks tick."""

import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from connector.domain.jobs import Job
from connector.errors import RefusedError
from connector.jobs import Jobs
from connector.store.schedules import LOST_S, DueJob, Schedules


@pytest.fixture
def schedules(database):
    return Schedules(database)


def test_a_slot_is_claimed_once_however_many_clocks_tick(schedules, connection_id):
    schedules.set(connection_id, {"poll": 3600, "tokens": 60})
    with ThreadPoolExecutor(4) as pool:
        claimed = [job for jobs in pool.map(lambda _: schedules.claim(), range(12)) for job in jobs]
    assert sorted(job.job for job in claimed) == ["poll", "tokens"]
    assert claimed[0] == DueJob("acme", claimed[0].job)


@pytest.fixture
def run(schedules, connection_id):
    """Claim, begin and end whatever is due; what that was."""

    def once():
        claimed = [job.job for job in schedules.claim()]
        for job in claimed:
            run = schedules.begin("acme", job)
            schedules.finish(connection_id, job, "done", started_at=run.started_at)
        return claimed

    return once


def test_a_run_comes_again_after_its_period_and_not_before(schedules, run, connection_id, sql):
    schedules.set(connection_id, {"poll": 3600})
    assert run() == ["poll"]
    assert run() == []
    sql("UPDATE schedule SET due_at = due_at - interval '1 hour'")
    assert run() == ["poll"]


def test_a_run_that_failed_may_come_again_sooner_but_never_later(schedules, connection_id, sql):
    schedules.set(connection_id, {"sync_accounts": 3600})
    due_s = "SELECT round(extract(epoch FROM due_at - started_at)) FROM schedule"
    for again_s, expected in ((600, 600), (7200, 3600), (None, 3600)):
        sql("UPDATE schedule SET due_at = now()")
        begun = schedules.begin("acme", "sync_accounts")
        schedules.finish(
            connection_id, "sync_accounts", "", started_at=begun.started_at, again_s=again_s
        )
        assert sql(due_s) == [(expected,)]


def test_missed_slots_are_caught_up_once(schedules, run, connection_id, sql):
    schedules.set(connection_id, {"poll": 60})
    sql("UPDATE schedule SET due_at = now() - interval '8 hours'")
    assert run() == ["poll"]
    assert run() == []


def test_a_run_whose_message_was_lost_is_claimed_again_soon(schedules, connection_id, sql):
    schedules.set(connection_id, {"poll": 3600})
    assert len(schedules.claim()) == 1
    assert schedules.claim() == []
    sql("UPDATE schedule SET claimed_at = claimed_at - make_interval(secs => %s)", LOST_S + 1)
    assert len(schedules.claim()) == 1
    assert LOST_S < 60, "nobody is alarmed over one lost message"


def test_a_run_is_begun_once_however_many_messages_ask_for_it(schedules, connection_id):
    schedules.set(connection_id, {"poll": 3600})
    schedules.claim()
    with ThreadPoolExecutor(4) as pool:
        begun = list(pool.map(lambda _: schedules.begin("acme", "poll"), range(8)))
    assert sum(at is not None for at in begun) == 1
    (run,) = filter(None, begun)
    schedules.finish(connection_id, "poll", "3 waiting", started_at=run.started_at)
    assert schedules.begin("acme", "poll") is None, "its message came again"


def test_a_job_does_not_run_twice_at_once(schedules, connection_id, sql):
    schedules.set(connection_id, {"tokens": 60})
    schedules.claim()
    run = schedules.begin("acme", "tokens")
    sql("UPDATE schedule SET due_at = due_at - interval '5 minutes'")
    assert schedules.claim() == []
    assert schedules.begin("acme", "tokens") is None
    schedules.finish(connection_id, "tokens", "nothing was due", started_at=run.started_at)
    ((wait_s,),) = sql("SELECT extract(epoch FROM due_at - now()) FROM schedule")
    assert 50 < wait_s <= 60


def test_a_run_whose_worker_died_comes_again_and_its_late_end_takes_nothing_from_the_next(
    schedules, connection_id, sql
):
    schedules.set(connection_id, {"tokens": 60})
    old = schedules.begin("acme", "tokens")
    sql("UPDATE schedule SET due_at = now()")
    assert len(schedules.claim()) == 1
    new = schedules.begin("acme", "tokens")
    assert new.started_at > old.started_at
    schedules.finish(connection_id, "tokens", "woken", started_at=old.started_at)
    sql("UPDATE schedule SET due_at = due_at - interval '5 minutes'")
    assert schedules.begin("acme", "tokens") is None


def test_a_run_whose_work_tells_two_apart_has_its_job_alone_for_as_long_as_it_takes(
    database, vault, schedules, connection_id, sql, monkeypatch
):
    monkeypatch.setattr("connector.prolonging.EVERY_S", 0.1)
    monkeypatch.setattr("connector.jobs._ALONE_S", {Job.TRANSACTIONS: 0.5})
    schedules.set(connection_id, {Job.TRANSACTIONS: 3600})

    def slowly(_):
        began = time.monotonic()
        while time.monotonic() - began < 1.2:
            assert schedules.begin("acme", Job.TRANSACTIONS) is None
        raise RefusedError("at last")

    Jobs(database, vault, slowly).run("acme", Job.TRANSACTIONS, None)
    ended = "SELECT outcome, extract(epoch FROM due_at - started_at)::int FROM schedule"
    assert sql(ended) == [("failed: at last", 3600)]


def test_a_run_that_was_taken_over_prolongs_nothing(schedules, connection_id, sql):
    schedules.set(connection_id, {"transactions": 3600})
    old = schedules.begin("acme", "transactions", alone_s=0.0)
    assert schedules.begin("acme", "transactions", alone_s=60.0)
    schedules.prolong(old, "transactions", 900.0)
    ((wait_s,),) = sql("SELECT extract(epoch FROM due_at - now()) FROM schedule")
    assert wait_s <= 60


def test_a_shorter_period_takes_effect_at_once_and_a_job_that_is_gone_stays_gone(
    schedules, run, connection_id, sql
):
    schedules.set(connection_id, {"poll": 3600, "tokens": 60})
    run()
    schedules.set(connection_id, {"poll": 5})
    ((wait_s,),) = sql("SELECT extract(epoch FROM due_at - now()) FROM schedule")
    assert wait_s <= 5
    assert sql("SELECT job FROM schedule") == [("poll",)]


def test_a_removed_connection_has_no_runs(schedules, connection_id, sql):
    schedules.set(connection_id, {"poll": 60})
    sql("UPDATE connection SET removed_at = now()")
    assert schedules.claim() == []
    assert schedules.begin("acme", "poll") is None, "one that was claimed before"


def test_a_watermark_only_moves_forward(schedules, connection_id):
    schedules.set(connection_id, {"poll": 60})
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert schedules.watermark(connection_id, "poll") is None
    schedules.finish(connection_id, "poll", "3 waiting", now)
    schedules.finish(connection_id, "poll", "failed: Brex answered 503", None)
    schedules.finish(connection_id, "poll", "late", now - timedelta(days=1))
    assert schedules.watermark(connection_id, "poll") == now
