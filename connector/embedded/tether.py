"""A child process that does not outlive its parent."""

from __future__ import annotations

import ctypes
import os
import signal
import sys
from collections.abc import Callable

_PR_SET_PDEATHSIG = 1


def tether(parting: signal.Signals) -> Callable[[], None] | None:
    """Give a `preexec_fn` that has the kernel send `parting` to the child when its parent dies.

    It holds for `kill -9` too. The parent is the *thread* that starts the child: start it from a
    thread that lives as long as the process. Linux only; elsewhere this gives None, and a child may
    be left behind by a launcher that was killed.
    """
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl  # looked up here: nothing may be loaded after the fork
    parent = os.getpid()

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, int(parting))
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
