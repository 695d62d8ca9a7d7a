"""A request budget inside one process, for the time that the shared one is away."""

from __future__ import annotations

import threading
import time


class LocalBudget:
    """GCRA as in `gcra.lua`, without a burst, by this process's monotonic clock."""

    def __init__(self, interval_s: float) -> None:
        self._interval_s = interval_s
        self._next_at = 0.0
        self._lock = threading.Lock()

    def start(self, after_s: float) -> None:
        """Begin with nothing: what was taken elsewhere a moment ago counts, too."""
        self.block(max(after_s, self._interval_s))

    def take(self) -> float:
        """Take one request; 0.0, or the seconds after which to ask again."""
        with self._lock:
            now = time.monotonic()
            if now < self._next_at:
                return self._next_at - now
            self._next_at = now + self._interval_s
            return 0.0

    def block(self, wait_s: float) -> None:
        """Let nobody take anything for this long."""
        with self._lock:
            self._next_at = max(self._next_at, time.monotonic() + wait_s)
