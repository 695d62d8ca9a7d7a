"""Hints over Celery. The gateway and the command line send them too."""

from __future__ import annotations

import time
from collections.abc import Sequence

from celery import Celery

from connector import log
from connector.domain.records import Step
from workers.routes import queue_of

LOG = log.logger(__name__)

#: Ids in one message.
_CHUNK = 100
#: After a failure nothing is published for this long: the sweep finds the rows.
_SILENCE_S = 2.0
#: A hint that waited longer is dropped by the worker; the sweep has sent newer ones.
_EXPIRES_S = 120


class CeleryNudger:
    """Implements `connector.ports.Nudger`."""

    def __init__(self, app: Celery) -> None:
        self._app = app
        self._silent_until = 0.0

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint that records wait for a step. Never raises: a hint may fail."""
        for start in range(0, max(1, len(record_ids)), _CHUNK):
            if time.monotonic() < self._silent_until:
                return
            try:
                self._app.send_task(
                    step.value,
                    args=[connection, list(record_ids[start : start + _CHUNK])],
                    queue=queue_of(step, erp),
                    expires=_EXPIRES_S,
                    retry=False,
                )
            except Exception as error:  # noqa: BLE001 - whatever the broker does, the row is stored
                self._silent_until = time.monotonic() + _SILENCE_S
                LOG.warning("nudge_failed", step=step.value, error=type(error).__name__)
