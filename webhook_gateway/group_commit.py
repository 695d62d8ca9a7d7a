"""Deliveries that come at the same time are stored in one transaction."""

from __future__ import annotations

import threading
from concurrent.futures import Future, ThreadPoolExecutor

from connector.errors import RetryLaterError
from connector.ports import Accepted, Delivery, Intake

#: Deliveries in one transaction, at most.
_MOST = 64

_Waiting = tuple[Delivery, Future[Accepted]]


class GroupCommit:
    """Stores deliveries: all that came while the last were stored, with one wait for the disk.

    Who comes alone waits for nobody. What cannot be stored beside others is stored by itself: one
    bad delivery fails no other.
    """

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._waiting: list[_Waiting] = []
        self._is_writing = False
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="group-commit")

    def add(self, delivery: Delivery) -> Future[Accepted]:
        """What will have become of a delivery; one that is cancelled in time is not stored."""
        future: Future[Accepted] = Future()
        with self._lock:
            self._waiting.append((delivery, future))
            begins, self._is_writing = not self._is_writing, True
        if begins:
            self._thread.submit(self._write_all)
        return future

    def _write_all(self) -> None:
        while gathered := self._gather():
            self._write([one for one in gathered if one[1].set_running_or_notify_cancel()])

    def _gather(self) -> list[_Waiting]:
        """Those that have waited longest."""
        with self._lock:
            gathered, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            self._is_writing = bool(gathered)
        return gathered

    def _write(self, batch: list[_Waiting]) -> None:
        deliveries = [delivery for delivery, _ in batch]
        try:
            accepted = self._intake.accept(deliveries) if batch else ()
            outcomes = list(zip(batch, accepted, strict=True))
        except Exception as error:  # noqa: BLE001  whoever waits is told
            if len(batch) > 1 and not isinstance(error, RetryLaterError):
                for one in batch:
                    self._write([one])
                return
            for _, future in batch:
                future.set_exception(error)
        else:
            for (_, future), outcome in outcomes:
                future.set_result(outcome)
