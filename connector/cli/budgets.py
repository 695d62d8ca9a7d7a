"""The request budgets of all connections: how much is allowed, and which peers are left alone."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from connector.bootstrap import Application


def limits(application: Application) -> dict[str, dict[str, int]]:
    """The requests a minute of each connection's peers."""
    from connector.registry import ERPS

    return {
        stored.name: {
            "brex": stored.config["brex"]["requests_per_minute"],
            stored.erp: ERPS[stored.erp].factory.requests_per_minute(stored.config["erp"]),
        }
        for stored in application.connections.all()
    }


def blocked(application: Application) -> list[dict[str, Any]]:
    """Peers that answered 429, and for how many seconds more nobody asks them anything.

    None where Redis cannot be asked.
    """
    from redis import Redis, RedisError

    from connector.http import RedisBudget

    url = application.settings.redis_url
    assert url
    found = []
    try:
        with Redis.from_url(url.reveal(), socket_timeout=3, socket_connect_timeout=3) as client:
            for connection, peers in limits(application).items():
                for peer, limit in peers.items():
                    if for_s := RedisBudget(client, connection, peer, limit).blocked_s():
                        found.append({"connection": connection, "peer": peer, "for_s": for_s})
    except RedisError:
        return []
    return found
