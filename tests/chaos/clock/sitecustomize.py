"""Gives a Python process a clock of its own: the host's, and the seconds that `CLOCK_FILE` holds.

Python imports a module of this name at its start, before anything else reads a clock. The file may
change while the process runs. Its monotonic clock is the host's.
"""

import datetime as dt
import os
import time
from pathlib import Path

_REAL_TIME, _REAL = time.time, dt.datetime
_FILE = os.environ.get("CLOCK_FILE")
_known = [0.0, -1.0]


def _now() -> float:
    if time.monotonic() - _known[1] > 0.1:
        _known[:] = [float(Path(_FILE).read_text()), time.monotonic()]
    return _REAL_TIME() + _known[0]


class _AsBefore(type):
    def __instancecheck__(cls, instance):
        return isinstance(instance, _REAL)

    def __subclasscheck__(cls, other):
        return issubclass(other, _REAL)


class _Clock(_REAL, metaclass=_AsBefore):
    @classmethod
    def now(cls, tz=None):
        return _REAL.fromtimestamp(_now(), tz)

    @classmethod
    def utcnow(cls):
        return _REAL.fromtimestamp(_now(), dt.UTC).replace(tzinfo=None)

    @classmethod
    def today(cls):
        return cls.now()


if _FILE:
    time.time, time.time_ns = _now, lambda: int(_now() * 1_000_000_000)
    dt.datetime = _Clock
