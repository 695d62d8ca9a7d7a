"""One measured run of a backlog: how many records, how long, at what cost."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from tests.benchmarks.meter import Meter
from tests.benchmarks.place import Calls, Place


@dataclass(frozen=True, slots=True)
class Run:
    """What a run showed; every record of it was posted once and is EXPORTED."""

    records: int
    seconds: float
    #: CPU milliseconds per record, by process
    cpu_ms: dict[str, float]
    calls: Calls
    worker_mb: float

    @property
    def per_s(self) -> float:
        """Records per second."""
        return self.records / self.seconds

    @property
    def refused_share(self) -> float:
        """The share of calls that a peer answered 429."""
        return self.calls.refused / max(1, self.calls.brex + self.calls.erp)

    def as_json(self) -> dict[str, Any]:
        """All of it."""
        return {**asdict(self), "per_s": self.per_s, "refused_share": self.refused_share}


class Stopwatch:
    """Takes the costs of a run, and the most memory that a worker had."""

    def __init__(self, place: Place, meter: Meter) -> None:
        self._place, self._meter = place, meter
        self._calls, self._cpu_s = place.calls(), meter.cpu_s()
        self._workers = meter.processes("workers")
        self._worker_mb = 0.0

    def look(self) -> None:
        """Call it often while the run lasts."""
        now_mb = max(worker.memory_info().rss for worker in self._workers) / 1e6
        self._worker_mb = max(self._worker_mb, now_mb)

    def stop(self, records: int, seconds: float) -> Run:
        """The run, when all records have arrived."""
        self.look()
        spent = {
            name: (now_s - self._cpu_s[name]) * 1000 / records
            for name, now_s in self._meter.cpu_s().items()
        }
        calls = self._place.calls().since(self._calls)
        return Run(records, seconds, spent, calls, self._worker_mb)
