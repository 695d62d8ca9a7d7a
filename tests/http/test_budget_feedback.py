"""What a budget learns from 429, against a peer that counts a sliding window, in scaled time.

A window of three seconds stands for Brex's minute. The peer counts what it lets in, as gateways do.
"""

import threading
import time
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import pytest
from redis import Redis

from connector.http import RedisBudget, budget_redis
from connector.secret import Secret

WINDOW_S = 3.0
SLICE_S = WINDOW_S / 60
CALLERS = 30


@pytest.fixture
def redis(empty_redis_url: Secret) -> Redis:
    return budget_redis(empty_redis_url)


@dataclass
class SlidingPeer:
    """Lets `limit` calls into any window, and says 429 to the others."""

    limit: int
    window_s: float = WINDOW_S
    let_in: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    window: deque[float] = field(default_factory=deque)

    def call(self) -> bool:
        time.sleep(SLICE_S / 10)  # on the way
        with self.lock:
            now = time.monotonic()
            while self.window and self.window[0] <= now - self.window_s:
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
        return calls / ((until - since) / self.window_s * self.limit)

    def share_refused(self) -> float:
        return len(self.refused) / (len(self.refused) + len(self.let_in))


class Callers:
    """Thirty callers who always have something to do, in processes of five."""

    def __init__(self, redis: Redis, peer: SlidingPeer, *, asks_s: float | None) -> None:
        self.budgets = [
            RedisBudget(redis, "acme", "brex", peer.limit, window_s=peer.window_s) for _ in range(6)
        ]
        self.peer, self.asks_s = peer, asks_s
        self.blocked_until = 0.0
        self.sent_while_blocked = 0

    def run(self, until: float) -> None:
        with ThreadPoolExecutor(CALLERS) as pool:
            for done in [pool.submit(self._call, n, until) for n in range(CALLERS)]:
                done.result()

    def _call(self, number: int, until: float) -> None:
        budget = self.budgets[number % len(self.budgets)]
        while (began := time.monotonic()) < until:
            blocked_until = self.blocked_until
            if wait_s := budget.take():
                time.sleep(min(wait_s, 2 * SLICE_S))
                continue
            self.sent_while_blocked += began < blocked_until
            if not self.peer.call():
                asked_at = time.monotonic()
                self.blocked_until = max(
                    self.blocked_until, asked_at + budget.block(self.asks_s) - SLICE_S / 10
                )


@pytest.mark.parametrize("asks_s", [None, 5 * SLICE_S], ids=["silent", "retry-after"])
def test_f22_a_limit_that_is_cut_to_a_tenth_is_found_and_used(
    redis: Redis, asks_s: float | None
) -> None:
    peer = SlidingPeer(1000)
    callers = Callers(redis, peer, asks_s=asks_s)
    began = time.monotonic()
    cut_at, until = began + 1.5 * WINDOW_S, began + 7.5 * WINDOW_S
    timer = threading.Timer(cut_at - began, lambda: setattr(peer, "limit", 100))
    timer.start()
    callers.run(until)
    timer.join()
    print(
        f"{100 * peer.share_refused():.2f} % refused: {[(at - cut_at) / WINDOW_S for at in peer.refused]}"
    )
    # for most of a window after the cut, the peer takes nothing, whoever asks
    used = peer.share_used(cut_at + WINDOW_S, until)
    print(f"{100 * used:.0f} % used")
    assert peer.share_refused() <= 0.02
    assert callers.sent_while_blocked == 0
    assert used >= 0.8


def test_an_unchanged_limit_is_used_to_95_per_cent_without_a_429(redis: Redis) -> None:
    peer = SlidingPeer(400, window_s=12.0)
    began = time.monotonic()
    Callers(redis, peer, asks_s=None).run(began + 18.0)
    assert peer.refused == []
    assert peer.share_used(began, began + 18.0) >= 0.95


def a_budget(redis: Redis, limit: int = 1000) -> RedisBudget:
    return RedisBudget(redis, "acme", "brex", limit, window_s=WINDOW_S)


def taught(redis: Redis) -> dict[str, float]:
    fields = redis.hgetall("ml-connector:budget:{acme:brex}:taught")
    return {name.decode(): float(value) for name, value in fields.items()}


def spend(redis: Redis, calls: int) -> None:
    """So many calls went out in this window."""
    seconds, micros = redis.time()
    at = int((seconds * 1e6 + micros) // (SLICE_S * 1e6))
    redis.hset("ml-connector:budget:{acme:brex}:calls", str(at), calls)


def scout(budget: RedisBudget) -> None:
    """Take the one call that goes ahead after a 429."""
    until = time.monotonic() + 2 * WINDOW_S
    while wait_s := budget.take():
        assert time.monotonic() < until
        time.sleep(min(wait_s, SLICE_S / 5))


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
    scout(budget)
    scout(budget)
    assert "base" not in taught(redis)


def test_scouts_that_are_refused_lower_the_limit_to_a_fiftieth_at_the_least(redis: Redis) -> None:
    budget = a_budget(redis)
    spend(redis, 900)
    budget.block(0.0)
    bases = [taught(redis)["base"]]
    for _ in range(40):
        scout(budget)
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
    seconds, micros = redis.time()
    now_us = seconds * 1e6 + micros
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
            scout(budget)
            budget.block(0.0)
        scout(budget)
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
