"""The clock's jobs: each slot is claimed once, however many clocks tick."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from connector.store.schedules import DueJob, Schedules


@pytest.fixture
def schedules(database):
    return Schedules(database)


def test_a_slot_is_claimed_once_however_many_clocks_tick(schedules, connection_id):
    schedules.set(connection_id, {"poll": 3600, "tokens": 60})
    with ThreadPoolExecutor(4) as pool:
        claimed = [job for jobs in pool.map(lambda _: schedules.claim(), range(12)) for job in jobs]
    assert sorted(job.job for job in claimed) == ["poll", "tokens"]
    assert claimed[0] == DueJob("acme", claimed[0].job)


def test_a_run_comes_again_after_its_period_and_not_before(schedules, connection_id, sql):
    schedules.set(connection_id, {"poll": 3600})
    assert len(schedules.claim()) == 1
    assert schedules.claim() == []
    sql("UPDATE schedule SET due_at = due_at - interval '1 hour'")
    assert len(schedules.claim()) == 1


def test_missed_slots_are_caught_up_once(schedules, connection_id, sql):
    schedules.set(connection_id, {"poll": 60})
    sql("UPDATE schedule SET due_at = now() - interval '8 hours'")
    assert len(schedules.claim()) == 1
    assert schedules.claim() == []


def test_a_shorter_period_takes_effect_at_once_and_a_job_that_is_gone_stays_gone(
    schedules, connection_id, sql
):
    schedules.set(connection_id, {"poll": 3600, "tokens": 60})
    schedules.claim()
    schedules.set(connection_id, {"poll": 5})
    ((wait_s,),) = sql("SELECT extract(epoch FROM due_at - now()) FROM schedule")
    assert wait_s <= 5
    assert sql("SELECT job FROM schedule") == [("poll",)]


@pytest.mark.parametrize("change", ["paused_at = now()", "removed_at = now()"])
def test_a_connection_that_rests_has_no_runs(schedules, connection_id, sql, change):
    schedules.set(connection_id, {"poll": 60})
    sql(f"UPDATE connection SET {change}")
    assert schedules.claim() == []


def test_a_watermark_only_moves_forward(schedules, connection_id):
    schedules.set(connection_id, {"poll": 60})
    now = datetime(2026, 11, 1, tzinfo=UTC)
    assert schedules.watermark(connection_id, "poll") is None
    schedules.finish(connection_id, "poll", "3 waiting", now)
    schedules.finish(connection_id, "poll", "failed: Brex answered 503", None)
    schedules.finish(connection_id, "poll", "late", now - timedelta(days=1))
    assert schedules.watermark(connection_id, "poll") == now
