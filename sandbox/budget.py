"""A sliding window of calls, as gateways count them."""

from __future__ import annotations

import threading
from collections import deque

from sandbox.clock import monotonic_s


class SlidingWindow:
    """Counts the calls of the last `window_s` seconds per key."""

    def __init__(self, window_s: float = 60.0) -> None:
        self.window_s = window_s
        self._calls: dict[str, deque[float]] = {}
        self._lock = threading.Lock()

    def take(self, key: str, limit: int) -> bool:
        """False when `limit` (0: none) calls were made already; a refused call does not count."""
        if limit <= 0:
            return True
        now = monotonic_s()
        with self._lock:
            calls = self._calls.setdefault(key, deque())
            while calls and calls[0] <= now - self.window_s:
                calls.popleft()
            if len(calls) >= limit:
                return False
            calls.append(now)
            return True

    def clear(self) -> None:
        """Forgets all calls."""
        with self._lock:
            self._calls.clear()
