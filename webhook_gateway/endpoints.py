"""Which connections there are, asked of the database no more than every few seconds."""

from __future__ import annotations

import re
import threading
import time

from connector.ports import Endpoint, Intake

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
#: How long an answer is used, also "there is none". A new secret is known this soon.
_FRESH_S = 5.0
#: Names are guessed by strangers: so many are remembered, then all are forgotten.
_MOST_NAMES = 1_000


class Endpoints:
    """Finds endpoints by name. Raises RetryLaterError while the database is away."""

    def __init__(self, intake: Intake) -> None:
        self._intake = intake
        self._known: dict[str, tuple[float, Endpoint | None]] = {}
        self._lock = threading.Lock()

    def find(self, name: str, *, within_s: float = _FRESH_S) -> Endpoint | None:
        """The endpoint of a connection, as it was so long ago; None if there is none."""
        if not _NAME.fullmatch(name):
            return None
        asked_at, endpoint = self._known.get(name, (-within_s, None))
        if time.monotonic() - asked_at < within_s:
            return endpoint
        endpoint = self._intake.endpoint(name)
        with self._lock:
            if len(self._known) >= _MOST_NAMES:
                self._known.clear()
            self._known[name] = (time.monotonic(), endpoint)
        return endpoint
