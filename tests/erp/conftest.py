"""One sandbox for the session, and every ERP profile under test."""

from collections.abc import Iterator

import pytest

from tests.erp.erp_sandbox import PROFILES, ErpUnderTest, Sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.__name__)
def under_test(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    return request.param(sandbox)
