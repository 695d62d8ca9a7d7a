"""The request budgets of all connections: how much is allowed and used, and who is left alone."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from redis import Redis, RedisError

from connector.http import RedisBudget, budget_redis
from connector.registry import ERPS
from connector.store.connections import StoredConnection

__all__ = ["budget_redis", "budgets", "limits", "standing_budgets"]


def limits(stored: StoredConnection) -> dict[str, int]:
    """The requests a minute of a connection's peers."""
    return {
        "brex": stored.config["brex"]["requests_per_minute"],
        stored.erp: ERPS[stored.erp].factory.requests_per_minute(stored.config["erp"]),
    }


def budgets(connections: Iterable[StoredConnection], redis: Redis) -> list[dict[str, Any]]:
    """What `standing_budgets` tells; none of them where Redis cannot be asked."""
    try:
        return standing_budgets(connections, redis)
    except RedisError:
        return []


def standing_budgets(connections: Iterable[StoredConnection], redis: Redis) -> list[dict[str, Any]]:
    """Of each connection and peer: `limit` and `used` requests a minute, and `blocked_s`.

    `blocked_s` is for how many seconds more nobody asks a peer that answered 429 anything. Raises
    RedisError.
    """
    return [
        {"connection": stored.name, "peer": peer, "limit": limit, "used": used, "blocked_s": s}
        for stored in connections
        for peer, limit in limits(stored).items()
        for used, s in [RedisBudget(redis, stored.name, peer, limit).standing()]
    ]
