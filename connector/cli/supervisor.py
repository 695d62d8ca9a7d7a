"""Keeps processes running, and leaves none behind."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Self

from connector import log
from connector.cli.programs import Program, environment_of
from connector.embedded.tether import tether

LOG = log.logger(__name__)

_LARGEST_LOG = 10 * 1024 * 1024
_HEALTHY_S = 60.0


class Supervised:
    """One program and the process that runs it now."""

    def __init__(self, program: Program, log_file: Path | None) -> None:
        self.program = program
        self.log_file = log_file
        self.process: subprocess.Popen[bytes] | None = None
        self.failures = 0
        self._started_at = 0.0
        self._due_at = 0.0

    def start(self) -> None:
        """Start the process, in a session of its own: Ctrl-C is for the supervisor."""
        output = None if self.log_file is None else _open_log(self.log_file)
        try:
            self.process = subprocess.Popen(  # noqa: S603  our own argument list
                self.program.argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                env=environment_of(self.program),
                start_new_session=True,
                preexec_fn=tether(self.program.parting),  # noqa: PLW1509  see tether
            )
        finally:
            if output is not None:
                os.close(output)
        self._started_at = time.monotonic()

    def tend(self, longest_wait_s: float) -> None:
        """Start it again if it has ended: the first time soon, then after longer and longer."""
        now = time.monotonic()
        if self.process is not None and self.process.poll() is not None:
            code = self.process.returncode
            self.clear()
            self.failures = 1 if now - self._started_at > _HEALTHY_S else self.failures + 1
            wait_s = min(longest_wait_s, 0.5 * 2 ** (self.failures - 1))
            self._due_at = now + wait_s
            LOG.warning(
                "process_ended",
                process=self.program.name,
                code=code,
                again_in_s=wait_s,
                log_file=str(self.log_file) if self.log_file else None,
            )
        elif self.process is None and now >= self._due_at:
            self.start()
            LOG.info("process_started", process=self.program.name, pid=self.pid)

    @property
    def pid(self) -> int | None:
        """The number of the process that runs now; None while it waits for its next start."""
        return self.process.pid if self.process else None

    def ask_to_stop(self) -> None:
        """Ask it to end, and do not wait."""
        if self.process is not None and self.process.poll() is None:
            self.process.terminate()

    def wait(self, until: float) -> None:
        """Return when it is gone, and all that it started; after `until` it is killed."""
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, until - time.monotonic()))
        except subprocess.TimeoutExpired:
            LOG.warning("process_killed", process=self.program.name, pid=self.pid)
        self.clear()

    def clear(self) -> None:
        """Kill what is left of the process and of those it started."""
        if self.process is not None:
            with suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()
            self.process = None


class Supervisor:
    """Runs programs inside a `with` block, and starts again what ends by itself.

    Call `tend` often, from the thread that entered the block. Output goes to a file for each
    program in `log_folder`, or to our own output when that is None.
    """

    def __init__(
        self,
        programs: Sequence[Program],
        *,
        log_folder: Path | None = None,
        longest_wait_s: float = 30.0,
    ) -> None:
        self.supervised = [
            Supervised(program, log_folder / f"{program.name}.log" if log_folder else None)
            for program in programs
        ]
        self.longest_wait_s = longest_wait_s
        if log_folder:
            log_folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def __enter__(self) -> Self:
        try:
            for one in self.supervised:
                one.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def tend(self) -> None:
        """Start again what has ended. Returns at once."""
        for one in self.supervised:
            one.tend(self.longest_wait_s)

    def stop(self) -> None:
        """Stop all, those of one place together, place by place. A second call does nothing."""
        ordered = sorted(self.supervised, key=lambda one: one.program.stop_place)
        for _, together in groupby(ordered, key=lambda one: one.program.stop_place):
            group = list(together)
            for one in group:
                one.ask_to_stop()
            asked_at = time.monotonic()
            for one in group:
                one.wait(asked_at + one.program.grace_s)


def _open_log(path: Path) -> int:
    if path.exists() and path.stat().st_size > _LARGEST_LOG:
        path.replace(path.with_suffix(".log.1"))
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
