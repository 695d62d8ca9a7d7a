"""Looks at the alarms where the clock does not: somebody has to say that it stands."""

from __future__ import annotations

import threading
import time
from typing import Any

from celery.concurrency.thread import TaskPool

from connector import log
from connector.alarms import Alarms

LOG = log.logger(__name__)

#: How often a worker sees whether somebody looks, and for how long nobody may.
_EVERY_S, _LATE_S = 60.0, 120.0


class Watch:
    """A thread of each worker. It needs neither beat nor Redis."""

    def __init__(self, alarms: Alarms) -> None:
        self._alarms = alarms

    def start(self, sender: Any, **_: Any) -> None:
        """Begin, once the worker is ready; it ends with the process.

        Not where the pool forks: a child would keep whatever lock this thread has just then.
        """
        if isinstance(sender.pool, TaskPool):
            threading.Thread(target=self._run, name="watch", daemon=True).start()

    def look(self) -> None:
        """Look at the alarms, if nobody has for too long."""
        try:
            if self._alarms.claim(late_s=_LATE_S):
                LOG.warning("clock_is_late", late_s=_LATE_S)
                self._alarms.run()
        except Exception as error:  # noqa: BLE001 - whatever it was, the next look may see it
            LOG.warning("watch_failed", error=type(error).__name__)

    def _run(self) -> None:
        while True:
            self.look()
            time.sleep(_EVERY_S)
