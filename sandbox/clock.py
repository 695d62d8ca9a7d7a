"""Time as the peers see it."""

from __future__ import annotations

import time
from datetime import UTC, datetime


def now_utc() -> datetime:
    """The wall clock, with a zone."""
    return datetime.now(UTC)


def monotonic_s() -> float:
    """Seconds that never run backwards; versions of the peers' data carry it."""
    return time.monotonic()


def rfc3339(moment: datetime) -> str:
    """`2026-06-11T09:09:05.840865Z`, as Brex writes most of its timestamps."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def parse_rfc3339(text: str) -> datetime:
    """A date or a date-time; without a zone it is UTC. Raises ValueError."""
    moment = datetime.fromisoformat(text)
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
