"""A worker's memory stays with what it needs."""

from __future__ import annotations

import ctypes
import gc

#: `M_ARENA_MAX`, `M_TRIM_THRESHOLD` and `M_MMAP_THRESHOLD` of glibc's <malloc.h>.
_ARENA_MAX, _TRIM_THRESHOLD, _MMAP_THRESHOLD = -8, -1, -3
#: Threads take turns at Python anyway: they need no heaps of their own.
_ARENAS = 1
#: What is free beyond this at the top of a heap goes back to the system.
_TRIM_BYTES = 128 * 1024
#: Larger blocks, such as a peer's answer, lie outside the heap, and leave no holes in it.
_LARGE_BYTES = 32 * 1024


def keep_small() -> None:
    """Have all threads share one heap, and freed memory given back. Call before threads start.

    https://man7.org/linux/man-pages/man3/mallopt.3.html; another C library is left as it is.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    if mallopt is not None:
        mallopt(_ARENA_MAX, _ARENAS)
        mallopt(_TRIM_THRESHOLD, _TRIM_BYTES)
        mallopt(_MMAP_THRESHOLD, _LARGE_BYTES)


def leave_loaded_alone() -> None:
    """Have Python's search for cycles pass over what is loaded by now, which stays anyway."""
    gc.collect()
    gc.freeze()
