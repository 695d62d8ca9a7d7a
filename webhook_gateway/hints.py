"""Sends hints behind the answer, so that a slow broker holds up nobody."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Sequence
from functools import partial

from connector import log
from connector.domain.records import Step
from connector.ports import Nudger

LOG = log.logger(__name__)

#: More hints than this are dropped: the sweep finds the records.
_MOST_WAITING = 1_000


class Hints:
    """Implements `connector.ports.Nudger` with another one, on a thread of its own."""

    def __init__(self, nudger: Nudger) -> None:
        self._nudger = nudger
        self._waiting: queue.Queue[tuple[str, Callable[[], None]]] = queue.Queue(_MOST_WAITING)
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint soon, or never. Returns at once and never raises."""
        self._soon(connection, partial(self._nudger.nudge, step, connection, erp, record_ids))

    def refetch_secrets(self, connection: str) -> None:
        """Hint soon, or never. Returns at once and never raises."""
        self._soon(connection, partial(self._nudger.refetch_secrets, connection))

    def _soon(self, connection: str, hint: Callable[[], None]) -> None:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._send, name="hints", daemon=True)
                self._thread.start()
        try:
            self._waiting.put_nowait((connection, hint))
        except queue.Full:
            LOG.warning("hint_dropped", connection=connection)

    def _send(self) -> None:
        while True:
            connection, hint = self._waiting.get()
            try:
                hint()
            except Exception as error:  # noqa: BLE001  a hint that fails changes nothing but time
                LOG.warning("hint_failed", connection=connection, error=type(error).__name__)
