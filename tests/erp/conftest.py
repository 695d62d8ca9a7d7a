"""One sandbox for the session, and every ERP profile under test."""

from collections.abc import Iterator
from typing import Any

import pytest
from erp_sandbox import ErpUnderTest, Sandbox, infor


@pytest.fixture(scope="session")
def sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    yield running
    running.stop()


def aps450(sandbox: Sandbox, discards: str = "renamed", **settings: Any) -> ErpUnderTest:
    return ErpUnderTest(
        erp=infor(sandbox, settings),
        sandbox=sandbox,
        head_call={"program": "APS450MI", "transaction": "AddHead"},
        line_call={"program": "APS450MI", "transaction": "AddLine"},
        commit_call={"program": "APS455MI", "transaction": "ValidByBatchNo"},
        supplier="730500",
        blocked_supplier="739999",
        unknown_supplier="000000",
        company=(("cono", "100"), ("divi", "AAA")),
        dimensions=(("AIT1", "7500"), ("AIT2", "CC10")),
        discards=discards,
    )


def aps450_deleting(sandbox: Sandbox) -> ErpUnderTest:
    return aps450(sandbox, "deleted", has_dlt_invoice=True, always_pad=True)


def aps450_objects(sandbox: Sandbox) -> ErpUnderTest:
    return aps450(sandbox, line_dimensions="ao", bulk_stops_at_error=True)


def aps100(sandbox: Sandbox) -> ErpUnderTest:
    return ErpUnderTest(
        erp=infor(sandbox, invoice_program="APS100MI"),
        sandbox=sandbox,
        head_call={"program": "APS100MI", "transaction": "AddHead"},
        line_call={"program": "APS100MI", "transaction": "AddLine"},
        commit_call={},
        supplier="730500",
        blocked_supplier="739999",
        unknown_supplier="000000",
        company=(("cono", "100"), ("divi", "AAA")),
        dimensions=(("AIT1", "7500"), ("AIT2", "CC10")),
        shows_dimensions=True,
    )


#: A later ERP joins the conformance tests here.
PROFILES = [aps450, aps450_deleting, aps450_objects, aps100]


@pytest.fixture(params=PROFILES, ids=lambda profile: profile.__name__)
def under_test(request: pytest.FixtureRequest, sandbox: Sandbox) -> ErpUnderTest:
    return request.param(sandbox)
