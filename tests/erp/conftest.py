"""One sandbox for the session, and every ERP profile under test."""

from collections.abc import Callable, Iterator

import pytest

from tests.erp.erp_sandbox import (
    OF_SUPPLIERS,
    PROFILES,
    REMOVING,
    WITH_DRAFTS,
    WITHOUT_DRAFTS,
    ErpUnderTest,
    aps450,
)
from tests.sandbox_process import Sandbox


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


def name_of(profile: Callable[[Sandbox], ErpUnderTest]) -> str:
    return profile.__name__


@pytest.fixture(params=PROFILES, ids=name_of)
def under_test(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile."""
    return request.param(sandbox)


@pytest.fixture(params=WITH_DRAFTS, ids=name_of)
def with_drafts(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile that has drafts."""
    profile = request.param(sandbox)
    assert profile.rules.has_drafts
    return profile


@pytest.fixture(params=WITHOUT_DRAFTS, ids=name_of)
def without_drafts(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile that has none."""
    profile = request.param(sandbox)
    assert not profile.rules.has_drafts
    return profile


@pytest.fixture(params=REMOVING, ids=name_of)
def removing(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile that can remove its drafts."""
    profile = request.param(sandbox)
    assert profile.rules.removes_drafts
    return profile


@pytest.fixture(params=OF_SUPPLIERS, ids=name_of)
def of_supplier(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile whose documents have a supplier."""
    return request.param(sandbox)


@pytest.fixture
def at(sandbox: Sandbox) -> ErpUnderTest:
    """M3 by its usual profile."""
    return aps450(sandbox)
