"""Ctrl-C and SIGTERM as one way to end."""

from __future__ import annotations

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_ASKED = (signal.SIGINT, signal.SIGTERM)
#: How soon an interrupt that got lost is tried again.
_AGAIN_S = 0.05


class _InterruptedError(KeyboardInterrupt):
    """An interrupt that Python does not remember.

    A KeyboardInterrupt itself that leaves text given to `exec` or `eval`, as dataclasses and named
    tuples do while they are imported, makes Python end by a signal later on, caught or not.
    """


@contextmanager
def until_interrupted() -> Iterator[None]:
    """Leave the block, cleanly, at the first SIGINT or SIGTERM. More of them change nothing.

    An interrupt that comes while Python frees an object is only printed there ("Exception ignored
    in …"); it is raised again a moment later.
    """

    def leave(_number: int, _frame: FrameType | None) -> None:
        for number in _ASKED:
            signal.signal(number, signal.SIG_IGN)
        raise _InterruptedError

    def try_again(lost: sys.UnraisableHookArgs) -> None:
        if lost.exc_type is _InterruptedError:
            signal.setitimer(signal.ITIMER_REAL, _AGAIN_S)
        else:
            hook_before(lost)

    hook_before, sys.unraisablehook = sys.unraisablehook, try_again
    before = {number: signal.signal(number, leave) for number in (*_ASKED, signal.SIGALRM)}
    try:
        yield
    except _InterruptedError:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        sys.unraisablehook = hook_before
        for number, handler in before.items():
            signal.signal(number, handler)
