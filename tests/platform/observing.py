"""Looking at processes, and waiting for them."""

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


def command_of(process: psutil.Process) -> str:
    """Its command line; nothing if it has ended."""
    try:
        return " ".join(process.cmdline())
    except psutil.Error:
        return ""


def runs(pid: int) -> bool:
    """Whether a process runs; one that has ended and was not yet fetched does not."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def processes_below(folder: Path) -> list[psutil.Process]:
    """The processes that work in `folder`, or name it in their call."""
    found = []
    for process in psutil.process_iter():
        try:
            if str(folder) in " ".join(process.cmdline()) or str(folder) in process.cwd():
                found.append(process)
        except psutil.Error:
            continue
    return found
