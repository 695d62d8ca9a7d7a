"""Hints over Celery. The gateway and the command line send them too."""

from __future__ import annotations

import time
from collections.abc import Sequence
from contextlib import suppress
from importlib.resources import files
from typing import Any

from redis import Redis
from redis.exceptions import RedisError

from connector import log
from connector.domain.jobs import Job
from connector.domain.records import Step
from connector.secret import Secret
from workers.configuration import celery_app
from workers.routes import MAINTENANCE, RECEIPTS, queue_of

LOG = log.logger(__name__)

#: Ids in a message, at most; the others are due beside them.
_MOST_IDS = 100
#: After a failure nothing is published for this long: the sweep finds the rows.
_SILENCE_S = 2.0
#: A hint that no worker took for so long is taken for lost, and another may be sent.
_LOST_MS = 20_000
#: Ticks that come sooner after another are those that waited while no worker ran.
_TICK_MS = 1_000
#: Kombu empties the queues of the other hints first: 0 is what goes first, 9 what goes last.
_LAST = 9
#: Of all that gateways see which no secret explains, one hint in so long has Brex asked.
_REFETCH_MS = 60_000


class CeleryNudger:
    """Implements `connector.ports.Nudger`.

    Whoever takes a hint takes what is due beside the ids that it names. So while one hint for a
    step of a connection waits in the queue, no second one is sent: a backlog of one connection does
    not become a backlog of hints for all.
    """

    def __init__(self, redis_url: Secret, *, patience_s: float = 2.0) -> None:
        self._app = celery_app(redis_url, socket_timeout_s=patience_s)
        self._redis = Redis.from_url(
            redis_url.reveal(), socket_timeout=patience_s, socket_connect_timeout=patience_s
        )
        self._once = self._redis.register_script(_script())
        self._silent_until = 0.0

    def taken(self, what: str, connection: str) -> None:
        """A worker has taken up the hint that waited: the next one may be sent."""
        with suppress(RedisError):
            self._redis.delete(_waiting(connection, what))

    def ticks(self) -> bool:
        """Whether this tick of the clock is one to follow, and not one of many that had waited.

        By Redis's clock: that of a worker may be wrong.
        """
        with suppress(RedisError):
            return self._is_first("ml-connector:tick", _TICK_MS)
        return True

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint that records wait for a step. Never raises: a hint may fail."""
        ids = list(record_ids[:_MOST_IDS])
        self._hint(step.value, [connection, ids], queue_of(step, erp))

    def fetch_receipts(self, connection: str) -> None:
        """Hint that receipts wait to be got, behind all other hints. Never raises."""
        self._hint(RECEIPTS, [connection], RECEIPTS, priority=_LAST)

    def refetch_secrets(self, connection: str) -> None:
        """Hint that Brex may sign with a secret that is not stored; one a minute is sent."""
        try:
            if self._is_first(_waiting(connection, Job.SECRETS), _REFETCH_MS):
                self._app.send_task(
                    "run_job", args=[connection, Job.SECRETS], queue=MAINTENANCE, retry=False
                )
        except Exception as error:  # noqa: BLE001 - the poll fetches them too
            LOG.warning("nudge_failed", step=Job.SECRETS, error=type(error).__name__)

    def _hint(self, task: str, args: list[Any], queue: str, **options: Any) -> None:
        """Send a task of a connection, the first of `args`, unless one waits."""
        if time.monotonic() < self._silent_until:
            return
        try:
            if self._is_first(_waiting(args[0], task), _LOST_MS):
                self._app.send_task(task, args=args, queue=queue, retry=False, **options)
        except Exception as error:  # noqa: BLE001 - whatever the broker does, the row is stored
            self._silent_until = time.monotonic() + _SILENCE_S
            LOG.warning("nudge_failed", step=task, error=type(error).__name__)

    def _is_first(self, key: str, period_ms: int) -> bool:
        return bool(self._once(keys=[key], args=[period_ms]))


def _waiting(connection: str, what: str) -> str:
    return f"ml-connector:hint:{connection}:{what}"


def _script() -> str:
    return files("workers").joinpath("once.lua").read_text(encoding="utf-8")
