"""Keeps what a worker has alone its own for as long as the worker is at it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from threading import Event, Thread

from connector.store.database import DatabaseUnavailableError

#: Well before any lease ends.
EVERY_S = 30.0


@contextmanager
def prolonged(name: str, prolong: Callable[[], None]) -> Iterator[None]:
    """Prolong a lease beside the work, in a thread of that name, however long the work takes."""
    ended = Event()

    def go_on() -> None:
        while not ended.wait(EVERY_S):
            with suppress(DatabaseUnavailableError):
                prolong()

    thread = Thread(target=go_on, name=name, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
