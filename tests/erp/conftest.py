"""One sandbox for the session, and every ERP profile under test."""

from collections.abc import Callable, Iterator

import pytest

from tests.erp.erp_sandbox import ErpUnderTest, aps450
from tests.erp.profiles import (
    LINE_BY_LINE,
    M3,
    M3_INVOICES,
    OF_SUPPLIERS,
    PROFILES,
    REMOVING,
    WITH_DRAFTS,
    WITHOUT_DRAFTS,
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


@pytest.fixture(params=LINE_BY_LINE, ids=name_of)
def line_by_line(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile whose lines are written by themselves."""
    profile = request.param(sandbox)
    assert not profile.rules.lines_with_head
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


@pytest.fixture(params=M3, ids=name_of)
def of_m3(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile of M3."""
    return request.param(sandbox)


@pytest.fixture(params=M3_INVOICES, ids=name_of)
def m3_invoices(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile of M3 that takes invoices."""
    return request.param(sandbox)


@pytest.fixture
def at(sandbox: Sandbox) -> ErpUnderTest:
    """M3 by its usual profile."""
    return aps450(sandbox)
