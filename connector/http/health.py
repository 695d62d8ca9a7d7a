"""Whether a peer answers, as this process sees it: the counting half of a circuit breaker."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass, field

from connector import log
from connector.errors import RetryLaterError
from connector.ports import Alarm

LOG = log.logger(__name__)

#: So many failures on end are an outage, and so is half of so many calls.
_ON_END, _WINDOW = 5, 20


class AwayError(RetryLaterError):
    """The peer did not answer a call without effect, or answered that it cannot (5xx)."""


@dataclass(slots=True)
class Tally:
    """What became of calls of one kind; `answered` and `failed` count all there ever were."""

    answered: int = 0
    failed: int = 0
    on_end: int = 0
    newest: deque[bool] = field(default_factory=lambda: deque(maxlen=_WINDOW))

    def note(self, *, answered: bool) -> bool:
        """Count a call; whether there are too many failures. Then the count begins anew."""
        self.newest.append(answered)
        self.answered += answered
        self.failed += not answered
        self.on_end = 0 if answered else self.on_end + 1
        if self.on_end < _ON_END and self.newest.count(False) < _WINDOW // 2:
            return False
        self.on_end = 0
        self.newest.clear()
        return True


class Health:
    """Counts what became of the calls to one connection's peer. Safe to share between threads.

    Reads and writes are counted apart: an API may answer the ones and not the others. A call costs
    no I/O here; only the one that makes it an outage raises the alarm.
    """

    def __init__(self, alarm: Alarm | None = None) -> None:
        self.reads, self.writes = Tally(), Tally()
        self._alarm = alarm
        self._lock = threading.Lock()

    def answered(self, *, write: bool) -> None:
        """The peer answered, whatever it said."""
        with self._lock:
            (self.writes if write else self.reads).note(answered=True)

    def failed(self, why: str, *, write: bool) -> None:
        """No answer, or a 5xx. Never raises: the caller has an outcome to tell."""
        with self._lock:
            too_many = (self.writes if write else self.reads).note(answered=False)
        if too_many and self._alarm:
            try:
                self._alarm.outage(why, of_writes=write)
            except Exception as error:  # noqa: BLE001  PostgreSQL may be away as well
                LOG.warning("outage_not_noted", error=type(error).__name__)
