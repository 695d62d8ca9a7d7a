"""What is done once in a while, however often there is cause."""

from __future__ import annotations

import threading
import time


class Seldom:
    """Says yes for each key once in `every_s` seconds, by a clock that nobody sets."""

    def __init__(self, every_s: float) -> None:
        self._every_s = every_s
        self._last: dict[str, float] = {}
        self._lock = threading.Lock()

    def now(self, key: str) -> bool:
        """Whether it is time again."""
        with self._lock:
            if time.monotonic() - self._last.get(key, -self._every_s) < self._every_s:
                return False
            self._last[key] = time.monotonic()
            return True
