"""Kombu's Redis transport, with guards against what ends Celery 5.7.0 workers.

After a connection loss, Celery 5.7.0 may leave channels whose connection is gone; asking one of
them for a pool raises AttributeError, which ends the worker ("Unrecoverable error"). Here it is a
connection error, from which the worker recovers. A test restarts Redis under load; drop this when
upstream has fixed it.

A message that Celery cannot read is dropped with an alert, and not handed on.
"""

from __future__ import annotations

from typing import Any

from kombu.transport import TRANSPORT_ALIASES
from kombu.transport import redis as kombu_redis
from redis.exceptions import ConnectionError as RedisConnectionError

from connector import log
from workers.messages import fault_of

LOG = log.logger(__name__)


class Channel(kombu_redis.Channel):
    """A channel that says so when its connection is gone, and survives what is not JSON."""

    def _connparams(self, asynchronous: bool = False) -> Any:
        if self.connection is None or self.connection.client is None:
            raise RedisConnectionError("this broker connection was closed")
        return super()._connparams(asynchronous)  # type: ignore[no-untyped-call]

    def _brpop_read(self, **options: Any) -> Any:
        """Deliver a message that has come. It is gone from its queue, whatever it is."""
        try:
            return super()._brpop_read(**options)  # type: ignore[no-untyped-call]
        except (ValueError, RecursionError) as error:
            LOG.exception("broker_message_refused", why=f"it is not JSON ({type(error).__name__})")
            return True


class Transport(kombu_redis.Transport):
    """The transport of `redis://`."""

    Channel = Channel

    def _deliver(self, message: Any, queue: str) -> None:
        """Hand a message to Celery, unless it is one that Celery cannot read."""
        if fault := fault_of(message, queue):
            LOG.error("broker_message_refused", queue=queue, why=fault)
        else:
            super()._deliver(message, queue)  # type: ignore[no-untyped-call]


def install() -> None:
    """Have kombu use the guarded transport. Call before a Celery app connects."""
    for scheme in ("redis", "rediss"):
        TRANSPORT_ALIASES[scheme] = f"{__name__}:Transport"
