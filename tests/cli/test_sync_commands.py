"""`sync`: what differs is shown first, and what is large or odd waits for a person."""

from pathlib import Path

import pytest

from tests.cli.conftest import NAME

IDENTITIES = "/infor/identities"


def values(sandbox):
    fields = {one["remote_id"]: one for one in sandbox.call("GET", "/brex/fields")["fields"]}
    return {one["remote_id"]: one for one in fields["GL_ACCOUNT"]["values"]}


@pytest.fixture
def synced(cli, added, sandbox):
    """A connection whose accounts are in Brex."""
    cli("sync", "accounts", added)
    return added


def test_a_dry_run_shows_the_difference_and_changes_nothing(cli, added, sandbox):
    found = cli.json("sync", "accounts", added, "--dry-run")
    assert found["outcome"] == "dry_run"
    assert found["counts"]["created"] == len(found["changes"]) > 20
    assert found["counts"]["disabled"] == 0
    assert sandbox.call("GET", "/brex/fields") == {"fields": []}
    assert cli.json("sync", "accounts", added)["changes"] == found["changes"]
    assert len(values(sandbox)) == found["counts"]["created"]
    assert cli.json("sync", "accounts", added)["changes"] == []


def test_a_closed_account_says_what_it_touches(cli, file, released, work, sandbox):
    cli("connection", "add", file(more='[mapping.offset_accounts]\ncash = "7500"'))
    cli("sync", "accounts", NAME)
    ids = released(30, seed=7)
    cli("poll", NAME)
    from connector.domain.records import Step

    work(Step.MAP)
    coded = sum(
        any(
            value["remote_field_value_id"] == "7500"
            for line in sandbox.call("GET", f"/brex/records/{one}")["record"]["line_items"]
            for value in line["accounting_field_values"]
        )
        for one in ids
    )
    assert coded
    sandbox.call("POST", IDENTITIES, [{"aitp": 1, "aitm": "7500", "blocked": True}])
    (change,) = cli.json("sync", "accounts", NAME, "--dry-run")["changes"]
    assert (change["action"], change["code"]) == ("disabled", "7500")
    assert (change["records"], change["rules"]) == (coded, 1)


def test_a_large_difference_waits_until_it_is_confirmed(cli, synced, sandbox):
    closed = [{"aitp": 1, "aitm": code, "blocked": True} for code in ("5400", "5410", "5420")]
    closed += [{"aitp": 1, "aitm": code, "blocked": True} for code in ("5611", "5800")]
    sandbox.call("POST", IDENTITIES, closed)
    found = cli.json("sync", "accounts", synced, code=1)
    assert found["outcome"] == "needs_confirmation"
    assert not any(one["is_disabled"] for one in values(sandbox).values())
    assert "needs_confirmation" in cli("status").stdout
    assert cli.json("sync", "accounts", synced, code=1)["outcome"] == "needs_confirmation"
    cli("sync", "accounts", synced, "--confirm")
    assert sum(one["is_disabled"] for one in values(sandbox).values()) == 5
    refused = cli("sync", "accounts", synced, "--confirm", code=1)
    assert "no run for accounts waits to be confirmed" in refused.stderr


def test_another_difference_than_was_confirmed_waits_again(cli, synced, sandbox, application):
    from connector.domain.sync import Target
    from connector.store.sync_runs import PostgresSyncRuns

    codes = ("5400", "5410", "5420", "5611", "5800")
    closed = [{"aitp": 1, "aitm": code, "blocked": True} for code in codes]
    sandbox.call("POST", IDENTITIES, closed)
    cli("sync", "accounts", synced, code=1)
    from connector.bootstrap import Application
    from connector.store.roles import Role

    console = Application(application.settings, actor="console", role=Role.CONSOLE)
    runs = PostgresSyncRuns(console.database, application.wired(synced).connection.id)
    assert runs.confirm(Target.ACCOUNTS, "console:eva")
    (waiting, *_) = runs.last(Target.ACCOUNTS)
    assert (waiting["confirmed_by"], waiting["disabled"]) == ("console:eva", 5)
    assert [one["code"] for one in runs.changes(waiting["run"])] == list(codes)
    console.close()
    sandbox.call("POST", IDENTITIES, [{"aitp": 1, "aitm": "5810", "blocked": True}])
    found = cli.json("sync", "accounts", synced, code=1)
    assert found["outcome"] == "needs_confirmation"


def test_a_reading_that_ends_early_is_refused_and_raised(cli, synced, sandbox):
    sandbox.fault("short_list", program="CRS630MI", keep=10, times=1)
    sandbox.fault("short_list", program="CRS630MI", keep=0, times=1, skip=1)
    found = cli.json("sync", "accounts", synced, code=1)
    assert found["outcome"] == "suspicious"
    assert "entries of gl_account are missing" in found["detail"]
    assert not any(one["is_disabled"] for one in values(sandbox).values())
    sandbox.call("DELETE", "/faults")
    assert cli.json("sync", "accounts", synced)["changes"] == []


def test_in_shadow_the_erp_is_read_and_brex_told_nothing(cli, file, sandbox):
    path = Path(file())
    path.write_text('mode = "shadow"\n' + path.read_text())
    cli("connection", "add", str(path))
    found = cli.json("sync", "accounts", NAME)
    assert found["outcome"] == "not_pushed"
    assert sandbox.call("GET", "/brex/fields") == {"fields": []}
    assert found["counts"]["created"] > 20


def test_another_integration_in_brex_is_left_alone(cli, added, sandbox):
    sandbox.brex("POST", "/v3/accounting/integration", {"vendor": "X", "vendor_account_id": "1"})
    found = cli.json("sync", "accounts", added, code=1)
    assert found["outcome"] == "failed"
    assert "Brex has another accounting integration, X" in found["detail"]


def test_suppliers_are_kept_and_pushed_only_where_a_field_is_named(cli, file, sandbox):
    cli("connection", "add", file())
    assert cli.json("sync", "suppliers", NAME)["counts"]["created"] == 42
    assert sandbox.call("GET", "/brex/fields") == {"fields": []}
    more = '[sync]\nsupplier_field = "SUPPLIER"'
    cli("connection", "add", file(more=more), "--replace")
    cli("sync", "suppliers", NAME)
    (field,) = sandbox.call("GET", "/brex/fields")["fields"]
    assert field["remote_id"] == "SUPPLIER"
    assert "739999" not in {one["remote_id"] for one in field["values"]}


def test_a_file_of_a_dimension_that_no_field_is_mapped_to_says_so(cli, added):
    assert "AIT3" in cli.json("sync", "dimensions", added)["detail"]
