"""A sandbox and an installation for each test."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.secret import Secret
from connector.settings import Settings
from tests.endtoend.installation import Installation
from tests.sandbox_process import Sandbox


@pytest.fixture
def sandbox(tmp_path: Path) -> Iterator[Sandbox]:
    """Simulated peers of this test alone, with an M3 that does not take its time."""
    running = Sandbox(tmp_path)
    fast = {"validation_s": 0.05, "update_s": 0.05}
    running.call("PATCH", "/settings", {"infor": fast})
    yield running
    running.stop()


@pytest.fixture
def installation(
    running_settings: Settings,
    migrated_database_url: Secret,
    empty_redis_url: Secret,
    sandbox: Sandbox,
    tmp_path: Path,
) -> Iterator[Installation]:
    settings = replace(
        running_settings, database_url=migrated_database_url, redis_url=empty_redis_url
    )
    installation = Installation(settings, sandbox, tmp_path)
    yield installation
    installation.close()
