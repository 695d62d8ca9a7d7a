"""Brex cuts its limit to a tenth while thirty callers are at it (F22), in real time.

`tests/http/test_budget_feedback.py` has the same in scaled time.
"""

import os
import subprocess
import sys
import time
from typing import Any

import pytest

from tests.chaos.stage import Stage
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(1200)

#: With the old limit; while Brex still counts the calls of before; with the new limit.
BEFORE_S, DEAD_S, AFTER_S = 60.0, 60.0, 60.0


def answered(stage: Stage) -> dict[str, int]:
    statuses: dict[str, int] = stage.sandbox.call("GET", "/calls?peer=brex")["brex"]["statuses"]
    return statuses


@pytest.mark.parametrize("retry_after", ["", "5"], ids=["silent", "retry-after"])
@pytest.mark.fails_without("learning_from_429")
def test_f22_brex_cuts_its_limit_to_a_tenth_in_mid_run(stage: Stage, retry_after: str) -> None:
    def limit(calls: int, **brex: Any) -> None:
        stage.sandbox.call("PATCH", "/settings", {"brex": {"requests_per_window": calls, **brex}})

    limit(1000, window_s=60.0, retry_after=retry_after)
    stage.connect()
    command = [sys.executable, "-m", "tests.chaos.stampede", "10", str(BEFORE_S + DEAD_S + AFTER_S)]
    processes = [
        subprocess.Popen(
            command, env=os.environ | stage.settings.to_environment() | stage.environment
        )
        for _ in range(3)
    ]
    began = time.monotonic()
    wait_until(lambda: time.monotonic() > began + BEFORE_S, "the callers are at it")
    limit(100)
    wait_until(lambda: time.monotonic() > began + BEFORE_S + DEAD_S, "Brex takes calls again", 90)
    at_first, since = answered(stage), time.monotonic()
    assert [process.wait(200) for process in processes] == [0] * 3
    calls, took_s = answered(stage), time.monotonic() - since
    refused = calls.get("429", 0) / sum(calls.values())
    used = (calls["200"] - at_first["200"]) / (took_s / 60 * 100)
    stage.figure(statuses=calls, refused=f"{refused:.2%}", used=f"{used:.0%}")
    assert refused <= 0.02
    assert used >= 0.8
