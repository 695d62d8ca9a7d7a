"""What was measured, line by line, beside what is wanted."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil

from tests.benchmarks.place import cores
from tests.benchmarks.reconciling import Cost
from tests.benchmarks.run import Run

_PROCESSES = ("workers", "beat", "gateway", "postgres", "redis", "sandbox")


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure; `wanted` says what it should be, and is empty where nothing is asked."""

    name: str
    value: float
    unit: str = ""
    wanted: str = ""


class Report:
    """Prints each figure as it comes, and keeps all for a file."""

    def __init__(self) -> None:
        self.figures: list[Figure] = []
        self.runs: dict[str, Any] = {}
        self.machine = {
            "cores": cores(),
            "memory_gb": round(psutil.virtual_memory().total / 1e9),
            "python": platform.python_version(),
            "load": round(psutil.getloadavg()[0], 1),
        }

    def title(self, text: str) -> None:
        """What the figures below are about."""
        print(f"\n{text}", flush=True)

    def figure(self, name: str, value: float, unit: str = "", wanted: str = "") -> None:
        """Note and print one figure."""
        self.figures.append(Figure(name, value, unit, wanted))
        shown = f"{value:,.3f}" if abs(value) < 1 else f"{value:,.1f}"
        goal = f"wanted {wanted}" if wanted else ""
        print(f"  {name:<58} {shown:>10} {unit:<12} {goal}".rstrip(), flush=True)

    def run(self, name: str, run: Run, *, memory: bool = False) -> None:
        """Note and print the figures of a run."""
        self.runs[name] = run.as_json()
        self.figure(f"{name}: throughput", run.per_s, "records/s")
        total = sum(spent for process, spent in run.cpu_ms.items() if process != "sandbox")
        self.figure(f"{name}: CPU without the sandbox", total, "ms/record")
        parts = [f"{one} {run.cpu_ms[one]:.2f}" for one in _PROCESSES if one in run.cpu_ms]
        print(f"    of it {', '.join(parts)}", flush=True)
        if memory:
            self.figure(f"{name}: largest worker process", run.worker_mb, "MB", "< 120")

    def cost(self, name: str, cost: Cost, *, seconds: str = "", memory: str = "") -> None:
        """Note and print what a process has cost, beside what is wanted."""
        self.figure(f"{name}: time", cost.seconds, "s", seconds)
        self.figure(f"{name}: CPU of that process", cost.cpu_s, "s")
        self.figure(f"{name}: CPU of the sandbox", cost.sandbox_cpu_s, "s")
        self.figure(f"{name}: most memory", cost.peak_mb, "MB", memory)
        self.figure(f"{name}: calls", cost.calls.brex + cost.calls.erp)

    def save(self, file: Path) -> None:
        """Everything, as JSON."""
        figures = [asdict(one) for one in self.figures]
        whole = {"machine": self.machine, "figures": figures, "runs": self.runs}
        file.write_text(json.dumps(whole, indent=2) + "\n", encoding="utf-8")
