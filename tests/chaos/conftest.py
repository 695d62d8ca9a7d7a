"""The fault kit: scenarios against real processes, seeded, and a report of what each showed.

`make chaos` runs everything with 200 records a scenario. `make test` runs what is marked `short`,
with fewer records: the seeds are the same. `make chaos-without` runs each with the part of the
product taken away that it is about.
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

QUICK = {"validation_s": 0.05, "update_s": 0.05, "journal_update_s": 0.05}
UNCHECKED = {"checks_total": False, "checks_number": False}
#: Longer than a scenario of 40 records takes where nothing is missing.
_SOUND_ONES_ARE_QUIET_WITHIN_S = 100.0


@dataclass(frozen=True)
class Scale:
    """How large a scenario is."""

    records: int
    is_full: bool

    def of(self, full: int, short: int) -> int:
        """That many of something else."""
        return full if self.is_full else short


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what may take longest, so that nobody waits for it at the end.

    With `--without`: the scenarios that say what they guard, each of which must fail.
    """
    if config.getoption("--without"):
        guarding = [item for item in items if item.get_closest_marker("fails_without")]
        config.hook.pytest_deselected(items=[one for one in items if one not in set(guarding)])
        items[:] = guarding
        for item in guarding:
            item.add_marker(pytest.mark.xfail(raises=AssertionError, strict=True))
    if config.getoption("--chaos") or config.getoption("--without"):
        items.sort(key=_limit_s, reverse=True)


def _limit_s(item: pytest.Item) -> float:
    marker = item.get_closest_marker("timeout")
    return float(marker.args[0]) if marker else 0.0


@pytest.fixture
def scale(request: pytest.FixtureRequest) -> Scale:
    is_full = request.config.getoption("--chaos") and not request.config.getoption("--without")
    return Scale(200 if is_full else 40, is_full)


@pytest.fixture
def seed(request: pytest.FixtureRequest) -> int:
    """`--chaos-seed`, else one that is the scenario's own."""
    given = request.config.getoption("--chaos-seed")
    seed = given if given is not None else zlib.crc32(request.node.name.encode()) % 10_000
    print(f"seed {seed}")
    return seed


@pytest.fixture
def part(request: pytest.FixtureRequest) -> str:
    """What the product has to do without; "" where it is whole."""
    marker = request.node.get_closest_marker("fails_without")
    return marker.args[0] if marker and request.config.getoption("--without") else ""


@pytest.fixture
def stage(
    running_settings: Settings,
    migrated_database_url: Secret,
    empty_redis_url: Secret,
    chaos_sandbox: Callable[[int], Sandbox],
    tmp_path: Path,
    seed: int,
    part: str,
    record_property: Callable[[str, Any], None],
) -> Iterator[Stage]:
    settings = replace(
        running_settings, database_url=migrated_database_url, redis_url=empty_redis_url
    )
    record_property("seed", seed)
    stage = Stage(
        settings, chaos_sandbox(seed), tmp_path, seed=seed, figures=record_property, part=part
    )
    if part:
        record_property("without", part)
        stage.quiet_within_s = _SOUND_ONES_ARE_QUIET_WITHIN_S
    yield stage
    stage.close()


@pytest.fixture
def chaos_sandbox(tmp_path: Path) -> Iterator[Callable[[int], Sandbox]]:
    """`chaos_sandbox(seed)`: simulated peers of this scenario alone, whose faults follow the seed.

    Their M3 validates whatever it is given: no control total and no check of the invoice's number
    stands between a mistake of ours and the ledger.
    """
    started: list[Sandbox] = []

    def start(seed: int) -> Sandbox:
        sandbox = Sandbox(tmp_path, seed=seed)
        started.append(sandbox)
        settings = {"infor": {**QUICK, **UNCHECKED}, "ifs": {"requests_per_minute": 0}}
        sandbox.call("PATCH", "/settings", settings)
        return sandbox

    yield start
    for sandbox in started:
        sandbox.stop()
