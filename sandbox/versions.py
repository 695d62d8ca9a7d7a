"""What a peer knew at a moment ago, so that a read can be stale on demand."""

from __future__ import annotations

from typing import Generic, TypeVar

from sandbox.clock import monotonic_s

T = TypeVar("T")

#: Versions older than this are dropped when a newer one is set; no stale read reaches further back.
KEPT_S = 300.0


class Versions(Generic[T]):
    """The values one thing has had, newest last."""

    __slots__ = ("_values",)

    def __init__(self, first: T) -> None:
        self._values: list[tuple[float, T]] = [(monotonic_s(), first)]

    @property
    def latest(self) -> T:
        """The newest value."""
        return self._values[-1][1]

    def set(self, value: T) -> None:
        """Makes it the newest value."""
        now = monotonic_s()
        self._values.append((now, value))
        if self._values[0][0] < now - KEPT_S:
            recent = [one for one in self._values if one[0] >= now - KEPT_S]
            self._values = recent or self._values[-1:]

    def at(self, moment_s: float | None) -> T | None:
        """The value at `moment_s` (None: now); None when it did not exist yet."""
        if moment_s is None:
            return self._values[-1][1]
        for since, value in reversed(self._values):
            if since <= moment_s:
                return value
        return None

    def take_back(self) -> bool:
        """Forgets the newest value, as if it had never been; whether one is left."""
        self._values.pop()
        return bool(self._values)
