"""Days in portions, for lists that are read bit by bit."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import islice

_DAYS = 7


def weeks(since: date, until: date) -> Iterator[list[date]]:
    """All days from `since` to `until`, seven at a time."""
    days = (since + timedelta(days=n) for n in range((until - since).days + 1))
    while some := list(islice(days, _DAYS)):
        yield some
