"""How much of one connection's work a process takes on at once."""

from __future__ import annotations

import threading
from collections import Counter

#: Batches of one connection and step at once, so that threads stay free for other connections. More
#: worker processes take on more.
MOST = 2
#: Posting waits for the ERP in between: with two batches, too little was left to do meanwhile.
MOST_POSTING = 3


class Turns:
    """Counts what the threads of this process are at, for one step: `most` of each connection."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._taken: Counter[str] = Counter()
        self._turned_away: set[str] = set()
        self._lock = threading.Lock()

    def take(self, connection: str) -> bool:
        """Whether a batch of that connection may be worked on now; then `end` it."""
        with self._lock:
            if self._taken[connection] >= self._most:
                self._turned_away.add(connection)
                return False
            self._taken[connection] += 1
            return True

    def end(self, connection: str) -> bool:
        """Whether somebody was turned away in the meantime, so that more may be due."""
        with self._lock:
            self._taken[connection] -= 1
            was_wanted = connection in self._turned_away
            self._turned_away.discard(connection)
            return was_wanted
