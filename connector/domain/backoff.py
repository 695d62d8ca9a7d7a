"""How long a record waits before it is tried again."""

from __future__ import annotations

import random

BASE_S = 2.0
CAP_S = 900.0


def full_jitter(
    failures: int, *, asked_s: float | None = None, base_s: float = BASE_S, cap_s: float = CAP_S
) -> float:
    """Seconds to wait after that many failures: uniform in 0 … min(cap, base · 2ⁿ).

    Never less than what the peer asked for. Full jitter keeps many records from coming back at
    once (https://aws.amazon.com/builders-library/timeouts-retries-and-backoff-with-jitter/).
    """
    ceiling = min(cap_s, base_s * 2 ** min(failures, 20))
    return (asked_s or 0.0) + random.uniform(0, ceiling)  # noqa: S311 - jitter is no secret
