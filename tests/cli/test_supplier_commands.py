"""`suppliers`: merchants that nobody knows, and what a person says they are."""

import pytest

from connector.cli.session import user_name
from connector.domain.records import Step
from tests.cli.conftest import NAME

SHOP = {"id": "pmch_shop", "name": "POPUP STORE"}


@pytest.fixture
def held(cli, file, released, work, sandbox):
    """Three records of a merchant that two suppliers are nearly as like."""
    for number, name in (("740001", "Popup Store Alpha AB"), ("740002", "Popup Store Beta AB")):
        sandbox.call("POST", "/infor/suppliers", {"suno": number, "sunm": name})
    cli("connection", "add", file(fallback="", more="[mapping.supplier_matching]\nenabled = true"))
    cli("sync", "suppliers", NAME)
    ids = sandbox.call("POST", "/brex/generate", {"count": 3, "refunds": 0})["ids"]
    seen = [sandbox.call("GET", f"/brex/records/{one}")["record"] for one in ids]
    records = [one | {"vendor": one["vendor"] | SHOP} for one in seen]
    sandbox.call("POST", "/brex/records", {"records": records})
    sandbox.call("POST", "/brex/release", {"send": False})
    cli("poll", NAME)
    work()
    return ids


def test_a_merchant_that_nobody_is_for_sure_waits_with_its_candidates(cli, held):
    shown = cli.json("records", "show", held[0])
    assert shown["reason"] == "supplier_unknown"
    numbers = [one["number"] for one in shown["detail"]["candidates"]]
    assert sorted(numbers[:2]) == ["740001", "740002"]
    assert shown["detail"]["waiting"] == 3
    assert "Popup Store Alpha AB" in cli("records", "show", held[0]).stdout
    page = cli.json("suppliers", "matches", NAME)
    assert page["counts"] == {"new": 0, "matched": 0, "unmatched": 1, "blocked": 0}
    (merchant,) = page["merchants"]
    assert (merchant["merchant_id"], merchant["waiting"]) == (SHOP["id"], 3)
    assert [one["number"] for one in merchant["candidates"]] == numbers
    assert "740002 Popup Store Beta AB" in cli("suppliers", "matches", NAME).stdout


def test_a_record_shows_the_candidates_that_there_are_by_now(cli, held, sandbox):
    sandbox.call("POST", "/infor/suppliers", {"suno": "740001", "stat": "90"})
    sandbox.call("POST", "/infor/suppliers", {"suno": "740003", "sunm": "Popup Store Gamma AB"})
    cli("sync", "suppliers", NAME)
    candidates = cli.json("records", "show", held[0])["detail"]["candidates"]
    assert [one["number"] for one in candidates[:2]] == ["740002", "740003"]
    told = cli("records", "show", held[0]).stdout
    assert f"Pick it: ml-connector suppliers approve {NAME} {SHOP['id']}" in told


def test_what_is_approved_is_remembered_and_releases_all_that_waits(cli, held, work, sql, sandbox):
    told = cli("suppliers", "approve", NAME, SHOP["id"], "740002").stdout
    assert told == "pmch_shop is 740002 Popup Store Beta AB: 3 records that waited for it go on\n"
    sql("UPDATE record SET due_at = now() WHERE due_at > now()")
    work(Step.MAP)
    assert sql("SELECT DISTINCT content->>'supplier' FROM erp_content") == [("740002",)]
    (merchant,) = cli.json("suppliers", "matches", NAME, "--only", "matched")["merchants"]
    assert (merchant["found"], merchant["supplier_name"]) == ("confirmed", "Popup Store Beta AB")
    assert merchant["matched_by"] == f"cli:{user_name()}"
    history = "SELECT supplier, found, actor FROM merchant_history"
    assert sql(history) == [("740002", "confirmed", f"cli:{user_name()}")]
    told = cli("suppliers", "set", NAME, SHOP["id"], "740001").stdout
    assert told.endswith(
        "0 records that waited for it go on, 3 records mapped with another begin again\n"
    )


def test_only_what_the_erp_has_and_the_matching_proposes_is_approved(cli, held, file, sandbox, sql):
    def refused(*arguments):
        return cli("suppliers", *arguments, code=1).stderr

    assert "name one of 740001, 740002" in refused("approve", NAME, SHOP["id"])
    assert "was not proposed" in refused("approve", NAME, SHOP["id"], "730000")
    assert "no record of a merchant pmch_nobody" in refused("approve", NAME, "pmch_nobody")
    assert "the ERP has no supplier 1" in refused("set", NAME, SHOP["id"], "1")
    assert "supplier 739999 blocked" in refused("set", NAME, SHOP["id"], "739999")
    assert "there is no connection" in refused("set", "nobody", SHOP["id"], "740001")
    more = '[mapping.suppliers]\npmch_shop = "730000"'
    cli("connection", "add", file(fallback="", more=more), "--replace")
    assert "[mapping.suppliers] names 730000" in refused("set", NAME, SHOP["id"], "740001")
    assert sql("SELECT supplier, status FROM merchant, record") == [(None, "held")] * 3


def test_vendors_of_bills_are_in_the_same_map(cli, file, released, work, sql):
    cli("connection", "add", file(more='[mapping.types]\nBILL_EXPENSE = "invoice"'))
    cli("sync", "suppliers", NAME)
    released(6, bills=1.0)
    cli("poll", NAME)
    work(Step.MAP)
    vendors = sql(
        "SELECT DISTINCT payload #>> '{vendor,id}' FROM record_payload"
        " WHERE payload->>'type' = 'BILL_EXPENSE' ORDER BY 1"
    )
    page = cli.json("suppliers", "matches", NAME)
    assert [(one["merchant_id"],) for one in page["merchants"]] == vendors
    assert page["counts"]["matched"] + page["counts"]["unmatched"] == len(vendors) > 0


def test_the_suppliers_of_the_erp_are_listed_page_by_page(cli, added):
    assert "sync suppliers acme-m3" in cli("suppliers", "list", added).stdout
    cli("sync", "suppliers", added)
    found, after = [], []
    while True:
        page = cli.json("suppliers", "list", added, "--limit", "20", *after)
        found += page["suppliers"]
        if page["next"] is None:
            break
        after = ["--after", page["next"]]
    assert len({one["number"] for one in found}) == len(found) == 42
    assert [one["number"] for one in found if one["blocked"]] == ["739999"]
    assert "Scandic" in cli("suppliers", "list", added, "--named", "scandic").stdout


def test_what_a_run_that_died_has_left_goes_on_with_the_next(cli, held, sql):
    sql("UPDATE merchant SET supplier = '740001', found = 'fuzzy'")
    assert "3 records go on" in cli("sync", "suppliers", NAME).stdout
    assert sql("SELECT DISTINCT status FROM record") == [("received",)]
    assert "go on" not in cli("sync", "suppliers", NAME).stdout


def test_a_supplier_that_is_blocked_drops_out_and_what_was_mapped_with_it_is_mapped_anew(
    cli, held, work, sandbox, sql, file, application
):
    sandbox.call("POST", "/infor/suppliers", {"suno": "740002", "stat": "90"})
    sandbox.call("POST", "/infor/suppliers", {"suno": "740001", "sunm": "Popup Store AB"})
    told = cli("sync", "suppliers", NAME).stdout
    assert told.endswith("; of 1 merchants 1 have a supplier; 3 records go on\n")
    sql("UPDATE record SET due_at = now() WHERE due_at > now()")
    work(Step.MAP)
    assert sql("SELECT DISTINCT content->>'supplier' FROM erp_content") == [("740001",)]
    sandbox.call("POST", "/infor/suppliers", {"suno": "740001", "stat": "90"})
    more = "[mapping.supplier_matching]\nenabled = true"
    cli("connection", "add", file(more=more), "--replace")  # with a fallback supplier
    told = cli("sync", "suppliers", NAME).stdout
    assert told.endswith("; of 1 merchants 0 have a supplier, 1 no more; 3 records go on\n")
    assert sql("SELECT DISTINCT status FROM record") == [("received",)]
    sql("UPDATE record SET due_at = now() WHERE due_at > now()")
    application._wired.clear()
    work(Step.MAP)
    assert sql(
        "SELECT DISTINCT content->>'supplier' FROM erp_content JOIN erp_document"
        " USING (record, fingerprint)"
    ) == [("BREX",)]


@pytest.mark.parametrize(
    "command", [("suppliers", "approve"), ("suppliers", "set"), ("records", "retry")]
)
def test_the_help_of_what_releases_records_says_that_it_asks_no_second_person(cli, command):
    assert "Asks no second person" in cli(*command, "--help").stdout
