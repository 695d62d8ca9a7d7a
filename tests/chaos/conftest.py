"""The fault kit: scenarios against real processes, seeded, and a report of what each showed.

`make chaos` runs everything with 200 records a scenario. `make test` runs what is marked `short`,
with fewer records: the seeds are the same.
"""

import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from connector.secret import Secret
from connector.settings import Settings
from tests.chaos.stage import Stage
from tests.sandbox_process import Sandbox


@dataclass(frozen=True)
class Scale:
    """How large a scenario is."""

    records: int
    is_full: bool

    def of(self, full: int, short: int) -> int:
        """That many of something else."""
        return full if self.is_full else short


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    is_full = request.config.getoption("--chaos")
    return Scale(200 if is_full else 40, is_full)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """`--chaos-seed`, else one that is the scenario's own."""
    given = request.config.getoption("--chaos-seed")
    seed = given if given is not None else zlib.crc32(request.node.name.encode()) % 10_000
    print(f"seed {seed}")
    return seed


@pytest.fixture
def stage(
    running_settings: Settings,
    migrated_database_url: Secret,
    empty_redis_url: Secret,
    chaos_sandbox: Callable[[int], Sandbox],
    tmp_path: Path,
    seed: int,
    record_property: Callable[[str, Any], None],
) -> Iterator[Stage]:
    settings = replace(
        running_settings, database_url=migrated_database_url, redis_url=empty_redis_url
    )
    record_property("seed", seed)
    stage = Stage(settings, chaos_sandbox(seed), tmp_path, seed=seed, figures=record_property)
    yield stage
    stage.close()


@pytest.fixture
def chaos_sandbox(tmp_path: Path) -> Iterator[Callable[[int], Sandbox]]:
    """`chaos_sandbox(seed)`: simulated peers of this scenario alone, whose faults follow the seed."""
    started: list[Sandbox] = []

    def start(seed: int) -> Sandbox:
        sandbox = Sandbox(tmp_path, seed=seed)
        started.append(sandbox)
        usual = {"validation_s": 0.05, "update_s": 0.05}
        ifs = {"requests_per_minute": 0}
        sandbox.call("PATCH", "/settings", {"infor": usual, "ifs": ifs})
        return sandbox

    yield start
    for sandbox in started:
        sandbox.stop()
