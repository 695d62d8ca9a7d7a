"""What goes out once in so long, by Redis's clock."""

import pytest
from redis import Redis

from connector.domain.records import Step
from tests.waiting import wait_until
from workers.nudges import CeleryNudger

HOUR_MS = 3_600_000


@pytest.fixture
def nudger(empty_redis_url):
    return CeleryNudger(empty_redis_url)


@pytest.fixture
def redis(empty_redis_url):
    with Redis.from_url(empty_redis_url.reveal()) as client:
        yield client


def set_back(redis: Redis) -> None:
    """Redis's clock is set back by an hour: what it noted, and when that expires, is as far ahead."""
    for key in redis.scan_iter("ml-connector:*"):
        redis.set(key, int(redis.get(key)) + HOUR_MS, px=redis.pttl(key) + HOUR_MS)


def test_of_ticks_that_come_at_once_one_is_followed(nudger):
    assert [nudger.ticks() for _ in range(5)] == [True, False, False, False, False]
    wait_until(nudger.ticks, "the next one", 3)


def test_ticks_go_on_when_redis_puts_its_clock_back(nudger, redis):
    assert nudger.ticks()
    set_back(redis)
    assert nudger.ticks()
    assert not nudger.ticks()


def test_one_hint_for_a_step_waits_at_a_time(nudger, redis):
    for _ in range(3):
        nudger.nudge(Step.FETCH, "acme", "infor-m3")
    assert redis.llen("fetch") == 1
    nudger.taken(Step.FETCH, "acme")
    nudger.nudge(Step.FETCH, "acme", "infor-m3")
    assert redis.llen("fetch") == 2


def test_a_lost_hint_is_sent_again_though_redis_puts_its_clock_back(nudger, redis):
    nudger.nudge(Step.FETCH, "acme", "infor-m3")
    set_back(redis)
    nudger.nudge(Step.FETCH, "acme", "infor-m3")
    assert redis.llen("fetch") == 2
