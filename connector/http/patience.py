"""Waiting for a budget, by what has time."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

from connector.errors import RateLimitedError

T = TypeVar("T")

#: All waits for one call together.
_LONGEST_S = 600.0
_SHORTEST_S = 0.5


class Patience:
    """The waits for one call of which nothing was processed, ten minutes of them at most."""

    def __init__(self) -> None:
        self._ends_at = time.monotonic() + _LONGEST_S

    def waited(self, wait_s: float | None) -> bool:
        """True after so long a wait; False, at once, where it would be too long."""
        wait_s = max(wait_s or 0.0, _SHORTEST_S)
        if time.monotonic() + wait_s > self._ends_at:
            return False
        time.sleep(wait_s)
        return True


def patiently(call: Callable[[], T]) -> T:
    """What a call gives, made again while the peer, or our budget, says "not now"."""
    patience = Patience()
    while True:
        try:
            return call()
        except RateLimitedError as error:
            if not patience.waited(error.wait_s):
                raise
