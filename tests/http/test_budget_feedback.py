"""What a budget learns from 429, against a peer that counts a sliding window, in simulated time."""

import random
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count

import pytest
from redis import Redis

from connector.http import RedisBudget
from connector.secret import Secret

WINDOW_S = 60.0
SLICE_S = WINDOW_S / 60
CALLERS = 12
CLOCK = "ml-connector:budget:{acme:brex}:clock"


@pytest.fixture
def redis(empty_redis_url: Secret) -> Redis:
    """A patient client: on a busy machine, that of the product would do without Redis for a while."""
    return Redis.from_url(empty_redis_url.reveal())


def put_clock(redis: Redis, at_s: float) -> None:
    """Has Redis's clock show that time, which is later than any that it showed before."""
    redis.hset(CLOCK, "behind", f"{(at_s - time.time()) * 1e6:.0f}")


def clock_s(redis: Redis) -> float:
    seconds, micros = redis.time()
    return seconds + (micros + float(redis.hget(CLOCK, "behind") or 0)) / 1e6


def let_pass(redis: Redis, wait_s: float) -> None:
    redis.hincrbyfloat(CLOCK, "behind", wait_s * 1e6)


@dataclass
class SlidingPeer:
    """Lets `limit` calls into any window, and says 429 to the others."""

    limit: int
    let_in: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    window: deque[float] = field(default_factory=deque)

    def call(self, now: float) -> bool:
        while self.window and self.window[0] <= now - WINDOW_S:
            self.window.popleft()
        if len(self.window) >= self.limit:
            self.refused.append(now)
            return False
        self.window.append(now)
        self.let_in.append(now)
        return True

    def share_used(self, since: float, until: float) -> float:
        """Of what the limit allows in that time."""
        calls = sum(since <= at < until for at in self.let_in)
        return calls / ((until - since) / WINDOW_S * self.limit)

    def share_refused(self) -> float:
        return len(self.refused) / (len(self.refused) + len(self.let_in))


class Callers:
    """Twelve callers who always have something to do, in processes of two.

    Time is simulated: Redis's clock is put forward to the next moment at which somebody calls.
    """

    def __init__(self, redis: Redis, peer: SlidingPeer, *, asks_s: float | None) -> None:
        random.seed(74)
        self.redis, self.peer, self.asks_s = redis, peer, asks_s
        self.budgets = [RedisBudget(redis, "acme", "brex", peer.limit) for _ in range(6)]
        self.began = self.now = time.time() + 10.0
        self.blocked_until = 0.0
        self.sent_while_blocked = 0
        self._numbers = count()
        self._agenda: list[tuple[float, int, Callable[[], None]]] = []
        for number in range(CALLERS):
            self._in(0.0, lambda number=number: self._ask(number))

    def run(self, windows: float) -> None:
        """So long, in windows since the beginning."""
        until = self.began + windows * WINDOW_S
        while self._agenda[0][0] < until:
            self.now, _, act = heappop(self._agenda)
            put_clock(self.redis, self.now)
            act()

    def _in(self, wait_s: float, act: Callable[[], None]) -> None:
        heappush(self._agenda, (self.now + wait_s, next(self._numbers), act))

    def _ask(self, number: int) -> None:
        if wait_s := self.budgets[number % len(self.budgets)].take():
            self._in(min(wait_s, 2 * SLICE_S), lambda: self._ask(number))
            return
        self.sent_while_blocked += self.now < self.blocked_until
        on_the_way_s = random.uniform(0, SLICE_S / 5)
        self._in(on_the_way_s, lambda: self._arrive(number))

    def _arrive(self, number: int) -> None:
        if not self.peer.call(self.now):
            blocked_s = self.budgets[number % len(self.budgets)].block(self.asks_s)
            self.blocked_until = max(self.blocked_until, self.now + blocked_s - SLICE_S / 10)
        self._ask(number)


@pytest.mark.parametrize("asks_s", [None, 5 * SLICE_S], ids=["silent", "retry-after"])
def test_f22_a_limit_that_is_cut_to_a_tenth_is_found_and_used(
    redis: Redis, asks_s: float | None
) -> None:
    peer = SlidingPeer(1000)
    callers = Callers(redis, peer, asks_s=asks_s)
    callers.run(1.5)
    cut_at = callers.now
    peer.limit = 100
    callers.run(7.5)
    # for most of a window after the cut, the peer takes nothing, whoever asks
    used = peer.share_used(cut_at + WINDOW_S, callers.now)
    print(f"{100 * peer.share_refused():.2f} % refused, {100 * used:.0f} % used")
    print([(at - cut_at) / WINDOW_S for at in peer.refused])
    assert peer.share_refused() <= 0.02
    assert callers.sent_while_blocked == 0
    assert used >= 0.8


def test_an_unchanged_limit_is_used_to_95_per_cent_without_a_429(redis: Redis) -> None:
    peer = SlidingPeer(400)
    callers = Callers(redis, peer, asks_s=None)
    callers.run(3.0)
    assert peer.refused == []
    assert peer.share_used(callers.began, callers.now) >= 0.95


def a_budget(redis: Redis, limit: int = 1000) -> RedisBudget:
    return RedisBudget(redis, "acme", "brex", limit, window_s=WINDOW_S)


def taught(redis: Redis) -> dict[str, float]:
    fields = redis.hgetall("ml-connector:budget:{acme:brex}:taught")
    return {name.decode(): float(value) for name, value in fields.items()}


def spend(redis: Redis, calls: int) -> None:
    """So many calls and no others went out in this window."""
    at = int(clock_s(redis) // SLICE_S)
    key = "ml-connector:budget:{acme:brex}:calls"
    redis.delete(key)
    redis.hset(key, str(at), calls)


def scout(redis: Redis, budget: RedisBudget) -> None:
    """Take the one call that goes ahead after a 429."""
    until = clock_s(redis) + 2 * WINDOW_S
    while wait_s := budget.take():
        assert clock_s(redis) < until
        let_pass(redis, wait_s)


def test_after_a_429_one_call_goes_ahead_of_all_others(redis: Redis) -> None:
    budget = RedisBudget(redis, "acme", "brex", 1000)
    budget.block(0.0)
    assert budget.take() == 0
    assert 0.5 < budget.take() <= 1.0
    assert 0.5 < budget.take(background=True) <= 1.0


def test_a_429_near_the_limit_lowers_it_to_what_the_peer_took(redis: Redis) -> None:
    budget = a_budget(redis)
    spend(redis, 801)
    budget.block(0.0)
    assert taught(redis)["base"] == pytest.approx(784, abs=1)


def test_a_429_among_few_calls_that_does_not_come_again_lowers_nothing(redis: Redis) -> None:
    budget = a_budget(redis)
    spend(redis, 20)
    budget.block(0.0)
    scout(redis, budget)
    scout(redis, budget)
    assert "base" not in taught(redis)


def test_scouts_that_are_refused_lower_the_limit_to_a_fiftieth_at_the_least(redis: Redis) -> None:
    budget = a_budget(redis)
    spend(redis, 900)
    budget.block(0.0)
    bases = [taught(redis)["base"]]
    for _ in range(40):
        scout(redis, budget)
        budget.block(0.0)
        bases.append(taught(redis)["base"])
        spend(redis, 0)
    assert bases == sorted(bases, reverse=True)
    assert bases[1] <= 0.75 * bases[0]
    assert bases[-1] == 20


def test_answers_that_were_on_their_way_teach_nothing_more(redis: Redis) -> None:
    budget = a_budget(redis)
    spend(redis, 801)
    budget.block(0.1)
    before = taught(redis)
    for _ in range(5):
        budget.block(0.1)
    assert taught(redis) == before


def test_what_was_learned_is_exceeded_slowly_and_then_ever_faster(redis: Redis) -> None:
    budget = a_budget(redis)
    now_us = clock_s(redis) * 1e6
    key = "ml-connector:budget:{acme:brex}:taught"
    for windows, allowed in [(0, 100), (1, 103), (3, 121), (6, 289)]:
        redis.hset(key, mapping={"base": 100, "since": now_us - windows * WINDOW_S * 1e6})
        redis.delete("ml-connector:budget:{acme:brex}:all")
        spend(redis, allowed + 3)
        assert budget.take() > 0
        spend(redis, allowed - 2)
        assert budget.take() == 0
    redis.hset(key, mapping={"base": 100, "since": now_us - 9 * WINDOW_S * 1e6})
    redis.delete("ml-connector:budget:{acme:brex}:all")
    assert budget.take() == 0
    assert taught(redis) == {}, "the limit is what it was"


def test_without_an_answer_to_how_long_the_wait_is_random_and_grows_with_each_429(
    redis: Redis,
) -> None:
    longest = []
    for strikes in range(5):
        redis.flushdb()
        budget = a_budget(redis, 100_000)
        budget.block(0.0)
        for _ in range(strikes):
            scout(redis, budget)
            budget.block(0.0)
        scout(redis, budget)
        waits = []
        for _ in range(60):
            redis.delete("ml-connector:budget:{acme:brex}:block")
            state = taught(redis)
            waits.append(budget.block(None))
            redis.hset("ml-connector:budget:{acme:brex}:taught", mapping=state)
        longest.append(max(waits))
        assert min(waits) < longest[-1] / 4
    for nth, wait_s in enumerate(longest):
        ceiling_s = 2 * SLICE_S * 2 ** (nth + 1)
        assert 0.7 * ceiling_s < wait_s <= ceiling_s
