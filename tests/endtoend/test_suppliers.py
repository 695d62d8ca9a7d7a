"""Merchants that nobody knows, until a person or the ERP says who they are, through real workers."""

from typing import Any

import pytest

from connector.store.listing import Listing
from connector.store.merchant_listing import MerchantListing
from tests.endtoend.erps import ERPS
from tests.endtoend.installation import NAME, Installation
from tests.waiting import wait_until

MATCHING = """
[mapping.supplier_matching]
enabled = true
[sync]
suppliers_every = "1h"
largest_shrink_percent = 90
"""
SHOP, KIOSK = ("pmch_shop", "POPUP STORE"), ("pmch_kiosk", "SQ *KIOSK NOVA #12")


def name_supplier(installation: Installation, number: str, name: str) -> None:
    """Give a supplier of the ERP another name."""
    if installation.erp.peer == "infor":
        installation.sandbox.call("POST", "/infor/suppliers", {"suno": number, "sunm": name})
    else:
        row = {"SupplierId": number, "Name": name}
        installation.sandbox.call("POST", "/ifs/registers", {"set": {"suppliers": [row]}})


def close_supplier(installation: Installation, number: str) -> None:
    """Block a supplier in M3, or remove it from IFS, whose list shows no blocked ones."""
    if installation.erp.peer == "infor":
        installation.sandbox.call("POST", "/infor/suppliers", {"suno": number, "stat": "90"})
    else:
        installation.sandbox.call("DELETE", "/ifs/registers", {"suppliers": number})


def buy(installation: Installation, merchant: tuple[str, str], count: int, seed: int) -> list[str]:
    """So many records of a merchant, ready for export, and polled for."""
    ids = installation.spend(count, seed=seed, refunds=0, id_prefix=f"accr_{seed}_")
    vendor = dict(zip(("id", "name"), merchant, strict=True))
    records = [
        installation.sandbox.call("GET", f"/brex/records/{one}")["record"] | {"vendor": vendor}
        for one in ids
    ]
    installation.sandbox.call("POST", "/brex/records", {"records": records})
    installation.release(ids=ids, send=False)
    installation.until_polled()
    installation.sql("UPDATE schedule SET due_at = now() WHERE job = 'poll'")
    return ids


def read_suppliers(installation: Installation) -> None:
    """Have the clock read the suppliers, and wait until that is over."""
    ended = "SELECT count(*) FROM sync_run WHERE outcome = 'done'"
    before = installation.sql(ended)
    installation.sql("UPDATE schedule SET due_at = now() WHERE job = 'sync_suppliers'")
    wait_until(lambda: installation.sql(ended) > before, "the suppliers are read")


def counts(installation: Installation) -> Any:
    its_id = installation.application.wired(NAME).connection.id
    return MerchantListing(installation.application.database, its_id).page(limit=1).counts


@pytest.mark.parametrize("erp", ERPS.values(), ids=list(ERPS))
def test_what_nobody_knows_waits_until_a_person_or_the_erp_says_who_it_is(installation, erp):
    installation.connect(erp=erp, fallback="", mapping=MATCHING)
    installation.sql("UPDATE connection SET updated_at = now() - interval '1 minute'")
    for number, name in (("732001", "Popup Store Alpha AB"), ("732002", "Popup Store Beta AB")):
        name_supplier(installation, number, name)
    installation.worker()
    installation.beat()
    read_suppliers(installation)

    shop = buy(installation, SHOP, 3, seed=1)
    kiosk = buy(installation, KIOSK, 2, seed=2)
    installation.wait_for("held", 5)
    shown = Listing(installation.application.database).show(shop[0])
    candidates = {one["number"]: one["score"] for one in shown["detail"]["candidates"]}
    assert set(candidates) == {"732001", "732002"}
    assert installation.ledger() == {}

    told = installation.command("suppliers", "approve", NAME, SHOP[0], "732002")
    assert "3 records that waited for it go on" in told
    wait_until(lambda: installation.statuses() == {"exported": 3, "held": 2}, "the shop is posted")
    name_supplier(installation, "732006", "Kiosk Nova AB")
    read_suppliers(installation)
    installation.wait_for("exported", 5)
    installation.assert_posted_once([*shop, *kiosk])
    suppliers = "SELECT DISTINCT content->>'supplier' FROM erp_content ORDER BY 1"
    assert installation.sql(suppliers) == [("732002",), ("732006",)]
    assert counts(installation) == {"new": 0, "matched": 2, "unmatched": 0, "blocked": 0}

    close_supplier(installation, "732006")
    close_supplier(installation, "732002")
    read_suppliers(installation)
    lost = {"new": 0, "matched": 0, "unmatched": 1, "blocked": 1}
    wait_until(lambda: counts(installation) == lost, "both are matched anew")
    buy(installation, SHOP, 1, seed=3)
    buy(installation, KIOSK, 1, seed=4)
    wait_until(lambda: installation.statuses() == {"exported": 5, "held": 2}, "both are held")
    held = "SELECT reason, count(*) FROM record WHERE status = 'held' GROUP BY 1 ORDER BY 1"
    assert installation.sql(held) == [("supplier_refused", 1), ("supplier_unknown", 1)]
    installation.assert_posted_once([*shop, *kiosk])
