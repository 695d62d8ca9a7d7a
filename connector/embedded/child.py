"""One server process, from its start until it is gone."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from connector.embedded.account import Account, Identity
from connector.embedded.tether import tether
from connector.errors import ConfigurationError

_POLL_S = 0.02
_TAIL = 2_000
_LARGEST_LOG = 10 * 1024 * 1024


class Child:
    """A server that runs until `stop`, or until this process ends, however it ends."""

    def __init__(
        self, name: str, log: Path, stop_signal: signal.Signals, keep_open: int | None = None
    ) -> None:
        self.keep_open = keep_open
        self.name = name
        self.log = log
        self.stop_signal = stop_signal
        self.process: subprocess.Popen[bytes] | None = None

    def start(
        self,
        argv: Sequence[str | Path],
        *,
        cwd: Path,
        account: Account | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        """Start the process, its output appended to the log file."""
        descriptor = os.open(self.log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            if os.fstat(descriptor).st_size > _LARGEST_LOG:
                os.ftruncate(descriptor, 0)
            self.process = subprocess.Popen(  # noqa: S603  our own argument list
                [str(part) for part in argv],
                stdin=subprocess.DEVNULL,
                stdout=descriptor,
                stderr=descriptor,
                cwd=cwd,
                env=env,
                pass_fds=() if self.keep_open is None else (self.keep_open,),
                start_new_session=True,  # Ctrl-C in the terminal is for us, and we stop it in order
                preexec_fn=tether(self.stop_signal),  # noqa: PLW1509  see tether
                **(account.identity() if account else Identity()),
            )
        finally:
            os.close(descriptor)

    def wait_until(self, ready: Callable[[], bool], limit_s: float = 60.0) -> None:
        """Return once `ready` says so. Raises ConfigurationError when the server gives up first."""
        end = time.monotonic() + limit_s
        while not ready():
            if not self.running:
                raise ConfigurationError(
                    self.name, [f"did not start; {self.log} ends: {self.tail()}"]
                )
            if time.monotonic() > end:
                raise ConfigurationError(
                    self.name, [f"gave no answer in {limit_s:.0f} s; see {self.log}: {self.tail()}"]
                )
            time.sleep(_POLL_S)

    @property
    def running(self) -> bool:
        """Whether the server was started and has not ended."""
        return self.process is not None and self.process.poll() is None

    def stop(self, grace_s: float = 30.0) -> None:
        """Ask the server to end, and kill it after `grace_s`. A second call does nothing."""
        if self.process is None:
            return
        if self.running:
            self.process.send_signal(self.stop_signal)
        try:
            self.process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process = None

    def tail(self) -> str:
        """The end of the log."""
        return self.log.read_text(encoding="utf-8", errors="replace")[-_TAIL:].strip()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
