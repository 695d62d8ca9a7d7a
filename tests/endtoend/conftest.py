"""A sandbox for all tests, put back for each, and an installation for each."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from connector.secret import Secret
from connector.settings import Settings
from tests import canaries
from tests.endtoend.installation import Installation
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="session")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    """Simulated peers that know nothing of other tests, with an M3 that does not take its time."""
    shared_sandbox.call("POST", "/reset")
    usual = {"validation_s": 0.05, "update_s": 0.05, "forced_outcomes": [], "max_list": 0}
    usual |= {"divisions": ["AAA", "BBB"], "divi": "AAA", "journal_update_s": 0.05}
    usual |= {"allows_exportmi": True, "closed_until": "", "allows_mi": True}
    usual |= {"bod_delay_s": 0.2, "bod_deliveries": 1, "bod_answers": True}
    brex = {"receipt_link_s": 900.0}
    ifs = {"requests_per_minute": 0, "expires_in_s": 180, "if_match_on_create": "ignored"}
    settings = {"infor": usual, "brex": brex, "ifs": ifs}
    shared_sandbox.call("PATCH", "/settings", settings)
    return shared_sandbox


@pytest.fixture
def installation(
    running_settings: Settings,
    migrated_database_url: Secret,
    empty_redis_url: Secret,
    sandbox: Sandbox,
    tmp_path: Path,
) -> Iterator[Installation]:
    settings = replace(
        running_settings,
        database_url=migrated_database_url,
        redis_url=empty_redis_url,
        secret_keys=(Secret(canaries.FERNET_KEY),),
    )
    installation = Installation(settings, sandbox, tmp_path)
    yield installation
    installation.close()
