"""Waiting for conditions; no test waits for a time."""

import time
from collections.abc import Callable
from typing import Any


def wait_until(
    condition: Callable[[], Any], what: str = "the condition", limit_s: float = 60
) -> Any:
    """What `condition` gives once it is true; the test fails if that takes too long."""
    end = time.monotonic() + limit_s
    while not (result := condition()):
        assert time.monotonic() < end, f"did not come true in {limit_s} s: {what}"
        time.sleep(0.02)
    return result
