"""What processes cost: CPU time and memory, children included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager

import psutil


class Meter:
    """Processes by name, each with all that it started."""

    def __init__(self, roots: Mapping[str, Sequence[int]]) -> None:
        self._roots = {name: [psutil.Process(pid) for pid in pids] for name, pids in roots.items()}

    def cpu_s(self) -> dict[str, float]:
        """CPU seconds so far, of children that have ended too."""
        return {name: sum(map(_tree_cpu_s, roots)) for name, roots in self._roots.items()}

    def processes(self, name: str) -> list[psutil.Process]:
        """All processes of that name that there are now."""
        return [one for root in self._roots[name] for one in _tree(root)]

    @contextmanager
    def stopped(self, name: str) -> Iterator[None]:
        """The processes are warm, and stand still for the length of the block."""
        processes = self.processes(name)
        for one in processes:
            one.suspend()
        try:
            yield
        finally:
            for one in processes:
                one.resume()


def _tree(root: psutil.Process) -> list[psutil.Process]:
    return [root, *root.children(recursive=True)]


def _tree_cpu_s(root: psutil.Process) -> float:
    times = [one.cpu_times() for one in _tree(root)]
    ended = times[0].children_user + times[0].children_system
    return ended + sum(one.user + one.system for one in times)
