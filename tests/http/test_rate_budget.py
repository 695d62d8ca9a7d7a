"""The request budget, on a real Redis."""

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
from redis import Redis
from structlog.testing import capture_logs

from connector.domain.conditions import LEFT_ALONE_S
from connector.http import RedisBudget, budget_redis
from connector.http import budget as budget_module
from connector.secret import Secret
from tests.waiting import wait_until


@pytest.fixture
def redis(empty_redis_url: Secret) -> Redis:
    """A patient client: on a busy machine, that of the product would do without Redis for a while."""
    return Redis.from_url(empty_redis_url.reveal())


def drain(
    budget: RedisBudget, until: float, *, background: bool = False
) -> list[tuple[float, float]]:
    """(before, after) of every request granted; asks as fast as it can, whatever it is told."""
    granted = []
    while (before := time.monotonic()) < until:
        wait_s = budget.take(background=background)
        if wait_s == 0:
            granted.append((before, time.monotonic()))
        else:
            time.sleep(min(wait_s, 0.002))
    return granted


def most_in_a_window(granted: list[tuple[float, float]], window_s: float) -> int:
    """The most that certainly lay within one window, whenever in its call each was granted."""
    starts = [before for before, _ in granted]
    return max(
        sum(s <= before and after <= s + window_s for before, after in granted) for s in starts
    )


@pytest.mark.parametrize(
    ("limit", "window_s"), [(1, 0.3), (3, 0.3), (10, 0.3), (100, 0.6), (300, 1.0)]
)
def test_no_window_ever_holds_more_than_the_limit(
    redis: Redis, limit: int, window_s: float
) -> None:
    budgets = [RedisBudget(redis, "acme", "brex", limit, window_s=window_s) for _ in range(3)]
    until = time.monotonic() + 3 * window_s
    with ThreadPoolExecutor(8) as pool:
        parts = list(pool.map(lambda n: drain(budgets[n % 3], until), range(8)))
    granted = sorted(one for part in parts for one in part)
    assert most_in_a_window(granted, window_s) <= limit
    assert len(granted) >= int(0.5 * 3 * 0.97 * limit)


def test_connections_and_peers_have_budgets_of_their_own(redis: Redis) -> None:
    assert RedisBudget(redis, "acme", "brex", 1).take() == 0
    assert RedisBudget(redis, "acme", "m3", 1).take() == 0
    assert RedisBudget(redis, "other", "brex", 1).take() == 0
    assert RedisBudget(redis, "acme", "brex", 1).take() == pytest.approx(60 / 0.97, abs=1.0)


def test_background_work_leaves_room_for_live_work(redis: Redis) -> None:
    budget = RedisBudget(redis, "acme", "brex", 200, window_s=1.0)
    until = time.monotonic() + 2.0
    with ThreadPoolExecutor(4) as pool:
        behind = [pool.submit(drain, budget, until, background=True) for _ in range(3)]
        live = pool.submit(drain, budget, until)
        background = sum(len(part.result()) for part in behind)
    assert background <= 0.3 * 0.97 * 200 * 2 + 2
    assert len(live.result()) >= 0.6 * 200 * 2


def test_a_refused_request_costs_nothing(redis: Redis) -> None:
    budget = RedisBudget(redis, "acme", "brex", 60, window_s=6.0)
    assert budget.take() == 0
    waits = [budget.take() for _ in range(50)]
    refused = [wait for wait in waits if wait]
    assert len(refused) > 40
    assert max(refused) <= 0.11


def test_a_block_holds_for_all_and_a_shorter_one_does_not_end_it(redis: Redis) -> None:
    one, two = (RedisBudget(redis, "acme", "brex", 1000) for _ in range(2))
    began = time.monotonic()
    one.block(0.4)
    one.block(0.1)
    assert 0.2 < two.take(background=True) <= 0.4
    wait_until(lambda: two.take() == 0)
    assert time.monotonic() - began > 0.39
    two.block(1e9)
    assert one.take() <= 900


def test_a_long_block_is_told_of_once_however_many_run_into_it(redis: Redis) -> None:
    one, two = (RedisBudget(redis, "acme", "brex", 1000) for _ in range(2))
    with capture_logs() as logged:
        one.block(LEFT_ALONE_S / 2)
        for budget in (one, two, one):
            budget.block(900.0)
    assert logged == [
        {
            "event": "peer_blocked",
            "log_level": "warning",
            "connection": "acme",
            "peer": "brex",
            "for_s": 900,
        }
    ]
    assert 899 < two.standing()[1] <= 900


def test_a_budget_survives_the_loss_of_redis_data(redis: Redis) -> None:
    budget = RedisBudget(redis, "acme", "brex", 1000)
    budget.take()
    redis.flushdb()
    redis.script_flush()
    assert budget.take() == 0


def set_back(redis: Redis, by_s: float, window_s: float) -> None:
    """Redis's clock is set back: all that was kept until now lies that far in its future."""
    tag = "ml-connector:budget:{acme:brex}"
    by_us = by_s * 1e6
    for name in ("all", "background", "block"):
        if kept := redis.get(f"{tag}:{name}"):
            redis.set(f"{tag}:{name}", f"{float(kept) + by_us:.0f}", keepttl=True)
    slices = round(by_s * 60 / window_s)
    for at, calls in redis.hgetall(f"{tag}:calls").items():
        redis.hdel(f"{tag}:calls", at)
        redis.hset(f"{tag}:calls", str(int(at) + slices), calls)
    for name, fields in (("taught", ("since", "scout")), ("clock", ("seen",))):
        for field in fields:
            if kept := redis.hget(f"{tag}:{name}", field):
                redis.hset(f"{tag}:{name}", field, f"{float(kept) + by_us:.0f}")


@pytest.mark.parametrize("by_s", [600.0, 86_400.0])
def test_a_clock_set_back_changes_nothing_for_the_budget(redis: Redis, by_s: float) -> None:
    budget = RedisBudget(redis, "acme", "brex", 60, window_s=6.0)
    assert budget.take(background=True) == 0
    set_back(redis, by_s, 6.0)
    assert 0.0 < budget.take() <= 0.11
    wait_until(lambda: budget.take() == 0, "one is granted", 1.0)
    budget.block(0.4)
    set_back(redis, by_s, 6.0)
    assert 0.2 < budget.take() <= 0.4, "a block goes on for its time"
    wait_until(lambda: budget.take() == 0, "the one call that goes ahead", 1.0)
    set_back(redis, by_s, 6.0)
    wait_until(lambda: budget.take() == 0, "and then the others", 1.0)
    assert redis.ttl("ml-connector:budget:{acme:brex}:clock") > by_s


def test_after_a_clock_was_set_back_no_window_holds_more_than_the_limit(redis: Redis) -> None:
    budget = RedisBudget(redis, "acme", "brex", 60, window_s=0.6)
    until = time.monotonic() + 1.8
    granted = []
    for third in (2, 1, 0):
        granted += drain(budget, until - third * 0.6)
        set_back(redis, 60.0, 0.6)
    assert most_in_a_window(granted, 0.6) <= 60


@pytest.fixture
def no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(budget_module, "_GRACE_S", 0.0)


@pytest.mark.usefixtures("no_grace")
def test_without_redis_each_process_keeps_to_a_quarter_of_the_rate() -> None:
    budget = RedisBudget(
        budget_redis(Secret("redis://127.0.0.1:1")), "acme", "brex", 100, window_s=1.0
    )
    granted = drain(budget, time.monotonic() + 1.5)
    assert 15 <= len(granted) <= 0.25 * 0.97 * 100 * 1.5 + 1
    budget.block(5)
    assert budget.take() == 1.0


def test_the_budget_returns_to_redis_when_it_is_back(redis: Redis) -> None:
    budget = RedisBudget(redis, "acme", "brex", 1000)
    budget._away_until = time.monotonic() + 60
    budget.take()
    budget.take()
    assert list(redis.scan_iter("*")) == []
    budget._away_until = 0.0
    budget.take()
    assert list(redis.scan_iter("*"))


def test_the_loss_of_redis_grants_nothing_at_once(redis: Redis) -> None:
    """It may be slow for this process alone, while others take all there is."""
    budget = RedisBudget(redis, "acme", "brex", 1000)
    assert budget.take() == 0
    take = budget._take
    budget._take = lambda **_: (_ for _ in ()).throw(OSError("gone"))
    assert [budget.take() for _ in range(50)] == [1.0] * 50
    assert 4.5 < budget._local.take() <= 5.0
    began_at = budget._local._next_at
    budget._away_until = 0.0
    budget.take()
    assert budget._local._next_at == began_at  # a second failure does not begin the wait anew
    budget._take, budget._away_until = take, 0.0
    assert budget.take() == 0


@pytest.mark.usefixtures("no_grace")
def test_threads_without_redis_share_one_local_budget() -> None:
    budget = RedisBudget(
        budget_redis(Secret("redis://127.0.0.1:1")), "acme", "brex", 1, window_s=0.1
    )
    budget.take()
    budget._local._next_at = 0.0
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: budget.take(), range(4)))
    assert results.count(0.0) == 1
