"""Waiting for what processes do."""

import time
from collections.abc import Callable
from pathlib import Path

import psutil


def wait_until(condition: Callable[[], object], limit_s: float = 30) -> None:
    """Return once `condition` holds; fail the test if it does not in time."""
    end = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < end, "it did not happen in time"
        time.sleep(0.02)


def processes_below(folder: Path) -> list[psutil.Process]:
    """The processes that work in `folder`, or name it in their call or environment."""
    found = []
    for process in psutil.process_iter():
        try:
            named = [*process.cmdline(), process.cwd(), process.environ().get("TMPDIR", "")]
            named.append(process.environ().get("ML_CONNECTOR_HOME", ""))
        except psutil.Error:
            continue
        if any(str(folder) in text for text in named):
            found.append(process)
    return found
