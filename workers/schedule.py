"""Beat's schedule: a clock with one tick. What is due stands in PostgreSQL."""

from __future__ import annotations

from typing import Any

from workers.routes import MAINTENANCE

#: How often the clock ticks. Two clocks are harmless: each run is claimed once.
TICK_S = 2.0

BEAT: dict[str, dict[str, Any]] = {
    "tick": {
        "task": "tick",
        "schedule": TICK_S,
        "options": {"queue": MAINTENANCE, "expires": TICK_S * 2},
    }
}
