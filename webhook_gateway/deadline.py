"""A store that answers in time or is taken to be away, also when its server is frozen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

from connector.errors import RetryLaterError
from connector.ports import Accepted, Delivery, Endpoint, Intake, Pulse
from webhook_gateway.group_commit import GroupCommit

#: Calls at once. While they all hang, further ones fail in time, too.
_AT_ONCE = 8

T = TypeVar("T")


class IntakeInTime:
    """Implements `connector.ports.Intake` with another one, each answer within `within_s`.

    A call that took longer may still take effect: the sender repeats, and a repeat changes nothing.
    """

    def __init__(self, intake: Intake, within_s: float) -> None:
        self._intake = intake
        self._within_s = within_s
        self._threads = ThreadPoolExecutor(_AT_ONCE, thread_name_prefix="intake")
        self._group = GroupCommit(intake)

    def endpoint(self, name: str) -> Endpoint | None:
        """The connection of that name; None if there is none, or it was removed."""
        return self._in_time(lambda: self._intake.endpoint(name))

    def accept(self, deliveries: Sequence[Delivery]) -> Sequence[Accepted]:
        """Store deliveries, together with those of other calls. A repeat changes nothing."""
        return [self._result(future) for future in [self._group.add(one) for one in deliveries]]

    def pulse(self) -> Pulse:
        """The database's clock, and whether the jobs keep to it."""
        return self._in_time(self._intake.pulse)

    def is_ready(self) -> bool:
        """Whether a delivery could be stored now."""
        try:
            return self._in_time(self._intake.is_ready)
        except RetryLaterError:
            return False

    def _in_time(self, call: Callable[[], T]) -> T:
        return self._result(self._threads.submit(call))

    def _result(self, future: Future[T]) -> T:
        try:
            return future.result(self._within_s)
        except TimeoutError:
            future.cancel()
            raise RetryLaterError("the database did not answer in time") from None
