"""Adding, showing, checking, pausing and removing connections."""

from pathlib import Path

import pytest

from tests.cli.conftest import NAME


def test_a_connection_is_added_and_listed_without_its_secrets(cli, file):
    said = cli("connection", "add", file()).stdout
    assert "acme-m3 is stored" in said
    assert "webhook subscribe acme-m3 --url" in said
    (row,) = cli.json("connection", "list")["connections"]
    assert (row["name"], row["erp"], row["paused_at"]) == (NAME, "infor-m3", None)
    assert NAME in cli("connection", "list").stdout


def test_show_tells_of_secrets_only_whether_they_are_set(cli, added):
    shown = cli.json("connection", "show", added)
    assert shown["secrets"] == {
        "brex.token": "set",
        "brex.webhook_secrets.0": "set",
        "infor.ionapi": "set",
    }
    assert shown["settings"]["erp"]["cono"] == 100
    assert "brex.token" in cli("connection", "show", added).stdout


def test_a_secret_that_is_not_there_shows_as_missing(cli, added, sql):
    sql("DELETE FROM connection_secret WHERE name = 'brex.token'")
    assert cli.json("connection", "show", added)["secrets"]["brex.token"] == "missing"


def test_b26_every_fault_of_a_file_is_named_at_once_those_of_the_erp_too(cli, file):
    faulty = file(url="ftp://brex", cono=1000, company_id=" ")
    result = cli("connection", "add", faulty, code=2)
    assert result.stdout == ""
    for key in ("brex.base_url", "brex.company_id", "infor.cono"):
        assert key in result.stderr
    assert cli.json("connection", "list")["connections"] == []


def test_a_file_that_is_not_there_is_bad_use(cli):
    cli("connection", "add", "nowhere.toml", code=2)


def test_b34_a_second_connection_of_a_name_needs_replace(cli, added, file):
    refused = cli("connection", "add", file(), code=1)
    assert "--replace" in refused.stderr
    cli("connection", "add", file(cono=200), "--replace")
    assert cli.json("connection", "show", added)["settings"]["erp"]["cono"] == 200


def test_adding_gives_a_connection_its_cadence(cli, added):
    (row,) = cli.json("status")["connections"]
    assert {job["job"] for job in row["jobs"]} >= {"poll", "tokens", "spares"}


def test_ping_lists_each_check_of_both_sides(cli, added, sandbox):
    url = f"https://example.test/webhooks/brex/{added}"
    cli("webhook", "subscribe", added, "--url", url)
    pinged = cli.json("connection", "ping", added)
    assert pinged["passed"] is True
    names = [check["name"] for check in pinged["checks"]]
    assert names[:4] == ["brex company", "brex records", "brex webhook", "brex webhook signature"]
    assert len([name for name in names if name.startswith("infor-m3 ")]) >= 5
    written = {"AddHead", "AddLine", "ValidByBatchNo"}
    assert not [name for name in sandbox.operations() if name.split("/")[-1] in written]


@pytest.mark.parametrize(
    ("changes", "check", "told"),
    [
        ({"company_id": "cuacc_other"}, "brex company", "the token is of cuacc_sandbox"),
        ({"token": "bxt_revoked"}, "brex company", "mend the token"),
        pytest.param({"cono": 300}, "infor-m3 access", "MNS150", id="B33 cono"),
    ],
)
def test_a_failed_check_is_named_with_its_mend_and_ends_with_1(cli, file, changes, check, told):
    cli("connection", "add", file(**changes))
    failed = {
        one["name"]: one["detail"]
        for one in cli.json("connection", "ping", NAME, code=1)["checks"]
        if not one["passed"]
    }
    assert told in failed[check]
    assert "bxt_" not in str(failed)


ENTITIES = """[mapping.company]
by = "billing_entity"
values = { "AAA" = { cono = 100, divi = "AAA" } }
"""
ENTRIES = """[mapping.types]
CARD_PAYMENT = "journal"
[mapping.offset_accounts]
card_liability = "2440"
cash = "1930"
"""


def test_ping_asks_whether_expenses_can_be_read_where_their_entities_are_needed(cli, file, sandbox):
    def checks():
        pinged = cli.json("connection", "ping", NAME, code=1)["checks"]
        return {one["name"]: (one["passed"], one["detail"]) for one in pinged}

    cli("connection", "add", file())
    assert "brex expenses" not in checks()
    cli("connection", "add", file(more=ENTITIES), "--replace")
    assert checks()["brex expenses"][0] is True
    sandbox.call("PATCH", "/settings", {"brex": {"expenses_scope": False}})
    try:
        passed, detail = checks()["brex expenses"]
    finally:
        sandbox.call("PATCH", "/settings", {"brex": {"expenses_scope": True}})
    assert (passed, "expenses.card.readonly" in detail) == (False, True)


def test_accounts_that_entries_need_are_named_by_add_and_by_ping(cli, file, sql):
    refused = cli("connection", "add", file(more=ENTRIES.replace('cash = "1930"', "")), code=2)
    assert "mapping.offset_accounts.cash is missing" in refused.stderr
    cli("connection", "add", file(more=ENTRIES))
    # as an older version, which knew nothing of what needs what, could have stored it
    sql("UPDATE connection SET config = config #- '{mapping,offset_accounts,cash}'")
    pinged = cli.json("connection", "ping", NAME, code=1)["checks"]
    (check,) = [one for one in pinged if one["name"] == "mapping accounts"]
    assert check["passed"] is False
    assert check["detail"] == (
        "mapping.offset_accounts.cash is missing: the entries of CARD_PAYMENT need it"
    )


def test_a_company_that_is_none_of_the_erps_is_named_by_add(cli, file):
    more = '[mapping.company]\nfield = "ENTITY"\nvalues = { "SE" = { company = "10" } }\n'
    refused = cli("connection", "add", file(more=more), code=2)
    assert "mapping.company.values.SE has company; a company has exactly cono, divi" in (
        refused.stderr
    )


def test_ping_reads_a_page_of_each_register_that_the_clock_reads(cli, file, sandbox):
    cli("connection", "add", file(more='[sync]\nsuppliers_every = "1d"\ndimensions_every = "1d"'))
    sandbox.fault("refuse", program="CRS750MI", code="XPE0001", message="no permission")
    pinged = cli.json("connection", "ping", NAME, code=1)["checks"]
    told = {c["name"]: (c["passed"], c["detail"]) for c in pinged if "register" in c["name"]}
    assert told["infor-m3 register supplier"] == (True, "shows 730500 Scandic Hotels Holding")
    passed, detail = told["infor-m3 register dimension"]
    assert not passed
    assert "no permission" in detail
    assert "leave dimensions_every out of [sync]" in detail
    assert len(told) == 3


def test_ping_says_that_no_webhook_is_subscribed(cli, added):
    result = cli("connection", "ping", added, code=1)
    assert "nothing is subscribed" in result.stdout


def test_a_paused_connection_posts_nothing_until_it_is_resumed(
    cli, added, released, work, statuses
):
    released(2)
    cli("connection", "pause", added)
    cli("poll", added)
    work()
    assert set(statuses().values()) == {"mapped"}
    assert cli.json("connection", "list")["connections"][0]["paused_at"]
    cli("connection", "resume", added)
    work()
    assert set(statuses().values()) == {"exported"}


def test_a_connection_in_shadow_maps_and_posts_once_it_is_live(
    cli, file, sandbox, released, work, statuses, application
):
    cli("connection", "add", switched(file, 'mode = "shadow"'))
    released(2)
    cli("poll", NAME)
    work()
    assert set(statuses().values()) == {"mapped"}
    assert sandbox.operations().get("APS450MI/AddHead", 0) == 0
    assert cli.json("connection", "list")["connections"][0]["mode"] == "shadow"
    cli("connection", "add", file(), "--replace")
    application._wired.clear()  # a worker looks again within seconds
    work()
    assert set(statuses().values()) == {"exported"}


def test_what_is_beyond_the_limit_of_a_day_is_held(cli, file, released, work, statuses):
    cli("connection", "add", switched(file, "[limits]\ndocuments_per_day = 2", at_end=True))
    released(3)
    cli("poll", NAME)
    work()
    assert sorted(statuses().values()) == ["exported", "exported", "held"]
    (held,) = cli.json("records", "list", "--status", "held")["records"]
    assert held["reason"] == "limit_reached"
    assert "2 documents were begun on" in held["detail"]["message"]


@pytest.mark.parametrize(
    ("line", "fault"),
    [
        ('mode = "dry"', "mode is 'dry'"),
        ("[limits]\ndocuments_per_day = 0", "limits.documents_per_day is 0"),
        ('[limits]\namount_per_day = "1e6"', "limits.amount_per_day is '1e6'"),
        ("[limits]\namount_per_day = 100", "limits.amount_per_day is a whole number"),
        ("[limits]\nper_day = 1", "limits.per_day is no setting"),
    ],
)
def test_a_switch_that_is_none_is_named(cli, file, line, fault):
    at_end = line.startswith("[")
    result = cli("connection", "add", switched(file, line, at_end=at_end), code=2)
    assert fault in result.stderr


def switched(file, line, *, at_end=False):
    """A connection file with one more line, or section."""
    path = Path(file())
    text = path.read_text()
    path.write_text(f"{text}\n{line}\n" if at_end else f"{line}\n{text}")
    return str(path)


def test_a_removed_connection_is_gone_and_its_records_stay(cli, added, released):
    ids = released(2)
    cli("poll", added)
    cli("connection", "remove", added, input="n\n", code=1)
    cli("connection", "remove", added, "--yes")
    assert cli.json("connection", "list")["connections"] == []
    listed = cli.json("records", "list")["records"]
    assert {row["record_id"] for row in listed} == set(ids)


@pytest.mark.parametrize(
    "command",
    [
        ("connection", "show"),
        ("connection", "ping"),
        ("connection", "pause"),
        ("connection", "resume"),
        ("connection", "remove", "--yes"),
        ("poll",),
        ("preview",),
        ("webhook", "status"),
        ("backfill", "--since", "2026-01-01"),
    ],
)
def test_an_unknown_connection_is_an_error_in_words(cli, command):
    result = cli(*command, "nobody", code=1)
    assert "there is no connection nobody" in result.stderr
    assert result.stdout == ""
