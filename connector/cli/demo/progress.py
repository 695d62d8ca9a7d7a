"""The live view of a demo: how many records have come how far."""

from __future__ import annotations

from collections.abc import Mapping
from types import TracebackType
from typing import Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from rich.progress import TimeElapsedColumn as Elapsed

from connector.cli.output import console
from connector.domain.records import Status

#: Each bar, and the statuses that have come at least as far.
_BARS: dict[str, frozenset[Status]] = {
    "received": frozenset(Status),
    "mapped": frozenset({Status.MAPPED, Status.POSTING, Status.POSTED, Status.EXPORTED}),
    "posted": frozenset({Status.POSTED, Status.EXPORTED}),
    "exported": frozenset({Status.EXPORTED}),
    "held": frozenset({Status.HELD, Status.SKIPPED}),
}


class Bars:
    """A bar for each stage, drawn where a terminal is."""

    def __init__(self, records: int) -> None:
        screen = console()
        columns = (TextColumn("{task.description:9}"), BarColumn(), MofNCompleteColumn(), Elapsed())
        self._progress = Progress(*columns, console=screen, disable=not screen.is_terminal)
        self._tasks: dict[str, TaskID] = {
            name: self._progress.add_task(name, total=records, visible=name != "held")
            for name in _BARS
        }

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def show(self, counts: Mapping[str, int]) -> None:
        """Draw the counts by status."""
        for name, task in self._tasks.items():
            done = sum(counts.get(status.value, 0) for status in _BARS[name])
            self._progress.update(task, completed=done, visible=name != "held" or done > 0)
