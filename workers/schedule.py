"""Beat's schedule: a clock with one tick. What is due stands in PostgreSQL."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

from celery.schedules import schedule

from workers.routes import MAINTENANCE

#: How often the clock ticks. Two clocks are harmless: each run is claimed once.
TICK_S = 2.0


def uptime() -> datetime:
    """Beat's clock. Nobody sets it: a host that puts its own clock back does not stop the ticks."""
    return datetime.fromtimestamp(time.monotonic(), UTC)


BEAT: dict[str, dict[str, Any]] = {
    "tick": {
        "task": "tick",
        "schedule": schedule(TICK_S, nowfun=uptime),
        "options": {"queue": MAINTENANCE},
    }
}
