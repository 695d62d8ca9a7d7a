"""Looking at processes."""

from pathlib import Path

import psutil


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
    """The processes that work in `folder`, or name it in their call or environment."""
    return [process for process in psutil.process_iter() if _names(process, str(folder))]


def _names(process: psutil.Process, folder: str) -> bool:
    try:
        environment = process.environ()
        named = [*process.cmdline(), process.cwd()]
    except psutil.Error:
        return False
    named += [environment.get(name, "") for name in ("TMPDIR", "ML_CONNECTOR_HOME")]
    return any(folder in text for text in named)
