"""The request budget of one connection and peer, kept in Redis for all workers."""

from __future__ import annotations

import random
import time
from importlib.resources import files

from redis import Redis
from redis.backoff import NoBackoff
from redis.exceptions import RedisError
from redis.retry import Retry

from connector import log
from connector.domain.conditions import LEFT_ALONE_S
from connector.http.local_budget import LocalBudget
from connector.http.retry_after import LONGEST_S
from connector.secret import Secret

LOG = log.logger(__name__)

#: GCRA lets through rate x window + burst: together less than all of the limit, so that the peer's
#: own sliding window is never exceeded, not even when requests reach it unevenly.
_RATE, _BURST = 0.97, 0.02
#: How much background work may have. The rest is for live records.
_BACKGROUND = 0.3
#: A process's share of the rate while Redis is away: there may be as many as four of them.
_ALONE = 0.25
#: How long it must be away before that: others may still reach it, and take all there is.
_GRACE_S = 5.0
#: Redis is not asked again for this long after it failed.
_AWAY_S = 1.0
#: The longest random wait after a 429 while Redis is away.
_JITTER_S = 30.0
_PATIENCE_S = 0.5
#: What is kept in Redis, in the order of KEYS; `window.lua` says what each is.
_STATE = ("all", "background", "block", "calls", "taught", "clock")


def budget_redis(url: Secret) -> Redis:
    """A client for budgets: it gives up soon, because a call waits for it before its peer."""
    return Redis.from_url(
        url.reveal(),
        socket_timeout=_PATIENCE_S,
        socket_connect_timeout=_PATIENCE_S,
        retry=Retry(NoBackoff(), 1),
    )


class RedisBudget:
    """Never more than `limit` requests in any `window_s`, whoever asks.

    A peer that says 429 all the same takes less than it should: the calls that it took in the
    window before are the new limit, which grows again slowly, and faster the longer that goes well.
    After a 429 one call goes ahead of the others, to see whether the peer takes calls again.

    While Redis is away, nothing is granted at first, and then each process keeps to a quarter of
    the rate by itself. A process that alone cannot reach Redis adds that quarter to the rest.
    """

    def __init__(
        self, client: Redis, connection: str, peer: str, limit: int, *, window_s: float = 60.0
    ) -> None:
        if limit < 1:
            raise ValueError("a budget allows at least one request")
        tag = f"ml-connector:budget:{{{connection}:{peer}}}"
        self._who = {"connection": connection, "peer": peer}
        self._keys = [f"{tag}:{name}" for name in _STATE]
        self._args = [limit, round(window_s * 1e6), round(LONGEST_S * 1e6)]
        self._take = client.register_script(_script("gcra"))
        self._block = client.register_script(_script("block"))
        self._standing = client.register_script(_script("standing"))
        self._local = LocalBudget(window_s / (_RATE * limit) / _ALONE)
        self._away_until = 0.0
        self._is_away = False

    def take(self, *, background: bool = False) -> float:
        """Take one request; 0.0, or the seconds after which to ask again."""
        if time.monotonic() < self._away_until:
            return min(self._local.take(), _AWAY_S)
        try:
            wait_us = self._take(
                keys=self._keys,
                args=[*self._args, _RATE, _BURST, _BACKGROUND, int(background)],
            )
        except (RedisError, OSError) as error:
            self._note_away(error)
            return min(self._local.take(), _AWAY_S)
        self._is_away = False
        return int(wait_us) / 1e6

    def block(self, asked_s: float | None) -> float:
        """The peer said 429: let nobody take anything for a while, and learn from it.

        For as long as the peer asked, at most 15 minutes; else for a random time, longer with each
        429 on end. Returns the seconds.
        """
        chance = random.random()  # noqa: S311  jitter is no secret
        if asked_s is not None:
            asked_s = min(max(asked_s, 0.0), LONGEST_S)
        asked_us = "" if asked_s is None else round(asked_s * 1e6)
        try:
            both_us = self._block(keys=self._keys, args=[*self._args, asked_us, chance])
            wait_s, before_s = (int(us) / 1e6 for us in both_us)
            if before_s < LEFT_ALONE_S <= wait_s:
                LOG.warning("peer_blocked", **self._who, for_s=round(wait_s))
        except (RedisError, OSError) as error:
            self._note_away(error)
            wait_s = chance * _JITTER_S if asked_s is None else asked_s
        self._local.block(wait_s)
        return wait_s

    def standing(self) -> tuple[int, float]:
        """The requests of the last window, and the seconds of a block because of a 429.

        Raises RedisError.
        """
        used, blocked_us = self._standing(keys=self._keys, args=self._args)
        return int(used), int(blocked_us) / 1e6

    def _note_away(self, error: Exception) -> None:
        if not self._is_away:
            self._local.start(_GRACE_S)
        self._is_away, self._away_until = True, time.monotonic() + _AWAY_S
        LOG.warning("budget_without_redis", error=type(error).__name__)


def _script(name: str) -> str:
    folder = files("connector.http")
    parts = (folder.joinpath(f"{part}.lua") for part in ("window", name))
    return "\n".join(part.read_text(encoding="utf-8") for part in parts)
