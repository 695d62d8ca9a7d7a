"""Sends hints behind the answer, so that a slow broker holds up nobody."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from functools import partial

from connector import log
from connector.domain.records import Step
from connector.ports import Nudger

LOG = log.logger(__name__)

#: Ids in a hint, at most: whoever takes it takes what is due beside them.
_MOST_IDS = 100
#: Hints that come so soon after others go together.
_PAUSE_S = 0.01


class Hints:
    """Implements `connector.ports.Nudger` with another one, on a thread of its own.

    Hints at one step of a connection that wait are one hint, so that no more wait than there are
    connections.
    """

    def __init__(self, nudger: Nudger) -> None:
        self._nudger = nudger
        self._records: dict[tuple[Step, str, str], list[str]] = {}
        self._secrets: set[str] = set()
        self._changed = threading.Condition()
        self._thread: threading.Thread | None = None

    def nudge(self, step: Step, connection: str, erp: str, record_ids: Sequence[str] = ()) -> None:
        """Hint soon, or never. Returns at once and never raises."""
        with self._changed:
            ids = self._records.setdefault((step, connection, erp), [])
            ids += record_ids[: _MOST_IDS - len(ids)]
            self._wake()

    def refetch_secrets(self, connection: str) -> None:
        """Hint soon, or never. Returns at once and never raises."""
        with self._changed:
            self._secrets.add(connection)
            self._wake()

    def _wake(self) -> None:
        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=self._send_all, name="hints", daemon=True)
            self._thread.start()
        self._changed.notify()

    def _send_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._records or self._secrets)
                records, self._records = self._records, {}
                secrets, self._secrets = self._secrets, set()
            for (step, connection, erp), ids in records.items():
                self._send(connection, partial(self._nudger.nudge, step, connection, erp, ids))
            for connection in secrets:
                self._send(connection, partial(self._nudger.refetch_secrets, connection))
            time.sleep(_PAUSE_S)

    @staticmethod
    def _send(connection: str, hint: Callable[[], None]) -> None:
        try:
            hint()
        except Exception as error:  # noqa: BLE001  a hint that fails changes nothing but time
            LOG.warning("hint_failed", connection=connection, error=type(error).__name__)
