"""Kombu's Redis transport, with a guard against a crash of Celery 5.7.0 workers.

After a connection loss, Celery 5.7.0 may leave channels whose connection is gone; asking one of
them for a pool raises AttributeError, which ends the worker ("Unrecoverable error"). Here it is a
connection error, from which the worker recovers. A test restarts Redis under load; drop this when
upstream has fixed it.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError


class Channel(kombu_redis.Channel):
    """A channel that says so when its connection is gone."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("this broker connection was closed")
        return super()._connparams(asynchronous)  # type: ignore[no-untyped-call]


class Transport(kombu_redis.Transport):
    """The transport of `redis://`."""

    Channel = Channel


def install() -> None:
    """Have kombu use the guarded transport. Call before a Celery app connects."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
