"""One sandbox for the session, and every ERP profile under test."""

from collections.abc import Callable, Iterator

import pytest

from connector.domain.documents import DocumentKind
from tests.erp.erp_sandbox import (
    PROFILES,
    WITH_DRAFTS,
    WITHOUT_DRAFTS,
    ErpUnderTest,
    aps450,
)
from tests.sandbox_process import Sandbox

INVOICE = DocumentKind.SUPPLIER_INVOICE


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
    assert profile.erp.rules(INVOICE).has_drafts
    return profile


@pytest.fixture(params=WITHOUT_DRAFTS, ids=name_of)
def without_drafts(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    """Each profile that has none."""
    profile = request.param(sandbox)
    assert not profile.erp.rules(INVOICE).has_drafts
    return profile


@pytest.fixture
def at(sandbox: Sandbox) -> ErpUnderTest:
    """M3 by its usual profile."""
    return aps450(sandbox)
