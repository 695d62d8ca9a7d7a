"""Every page in a real browser: by the rules of accessibility, and as wide as a phone.

With `--screenshots FOLDER` it puts pictures of the main pages there, as the README shows them.
"""

from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from connector.domain.records import Status
from tests.console.browser.conftest import PHONE

BUSY = Path(__file__).with_name("busy_desk.sql").read_text()
AXE = Axe()
WCAG = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"],
    "rules": {"target-size": {"enabled": True}},  # axe leaves it out of itself
    "resultTypes": ["violations"],
}
TAXI = "connection=acme&reason=supplier_unknown&field=vendor&value=pmch_taxi+Taxi+Stockholm"
#: Each page by a name.
PAGES = {
    "overview": "/",
    "queue": "/held",
    "cause": f"/held?{TAXI}",
    "record": "/records/by-id/accr_document",
    "reconciliation": "/reconciliation",
    "reconciliation-items": "/reconciliation/acme/1/items",
    "suppliers": "/suppliers",
    "master-data": "/master-data",
    "connections": "/connections",
    "connection": "/connections/acme",
    "nothing-found": "/held?search=nothing",
    "searched-in-the-erp": f"/held?{TAXI}&choose=taxi",
    "closed-period": "/held?connection=acme&reason=period_closed&field=erp_posting_date&value=2026-10",
    "merchant": "/suppliers/acme/pmch_taxi",
    "error": "/nothing-here",
}
#: Those of which there are pictures.
PICTURES = ("overview", "queue", "cause", "record", "suppliers", "connection")
LARGEST = 200_000


@pytest.fixture
def busy(sql, bring) -> None:
    bring(Status.MAPPED, "accr_document")
    sql(BUSY)


@pytest.mark.parametrize("wide", [True, False], ids=["wide", "phone"])
def test_every_page_can_be_used_by_everybody_and_fits(at_page, new_page, busy, wide, pytestconfig):
    size = {} if wide else {"viewport": PHONE}
    page = at_page("admin", "anna", **size)
    pictures = pytestconfig.getoption("--screenshots") if wide else None
    wrong = []
    for name, address in PAGES.items():
        assert page.goto(address).status == (404 if name == "error" else 200), name
        wrong += [f"{name}: {fault}" for fault in faults(page)]
        if pictures and name in PICTURES:
            picture = page.screenshot(path=pictures / f"{name}.png", animations="disabled")
            assert len(picture) < LARGEST, name
    outside = new_page(**size)
    outside.goto("/sign-in")
    wrong += [f"sign-in: {fault}" for fault in faults(outside)]
    assert wrong == []


def faults(page):
    """What the rules of accessibility, or the width of the window, say against a page."""
    for one in AXE.run(page, options=WCAG).response["violations"]:
        for node in one["nodes"]:
            yield f"{one['id']}: {node['html'][:150]}: {node['failureSummary'][:200]}"
    root = page.locator("html")
    wide, window = (root.evaluate(f"it => it.{one}") for one in ("scrollWidth", "clientWidth"))
    if wide > window:
        yield f"it is {wide - window} px wider than the window"
