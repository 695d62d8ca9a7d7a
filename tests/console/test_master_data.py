"""Runs of master data on the page: what they found, and the word that they wait for."""

import pytest

from connector.domain.sync import Target
from connector.store.sync_runs import PostgresSyncRuns


@pytest.fixture
def waits(sql, connection_id):
    """Makes a run that a person must confirm; gives its number."""

    def make():
        ((run,),) = sql(
            "INSERT INTO sync_run (connection_id, target, dry_run, lease_until, finished_at,"
            " outcome, detail, disabled) VALUES (%s, 'accounts', false, now(), now(),"
            " 'needs_confirmation', '60 of 100 would be disabled', 1) RETURNING id",
            connection_id,
        )
        sql(
            "INSERT INTO sync_change (run, action, part, company, code, name, before, records,"
            " rules) VALUES (%s, 'disabled', 'AIT1', '', '7500', '<i>Travel', '', 3, 1)",
            run,
        )
        return run

    return make


def confirmed(sql):
    return sql("SELECT id, confirmed_by FROM sync_run WHERE confirmed_at IS NOT NULL")


def test_what_was_seen_is_confirmed_once_in_the_persons_name(at_desk, sql, waits):
    run = waits()
    anna, ben = at_desk("operator", "anna"), at_desk("operator", "ben")
    page = anna.get("/master-data").text
    assert "60 of 100 would be disabled" in page
    assert "&lt;i&gt;Travel" in page
    assert "Confirm this change of accounts" in page
    form = {"connection": "acme", "target": "accounts", "run": str(run)}
    anna.post("/master-data", **form)
    assert "are read again and changed" in anna.get("/master-data").text
    ben.post("/master-data", **form)
    assert confirmed(sql) == [(run, "console:anna")]
    assert "Confirm this change" not in ben.get("/master-data").text


def test_another_difference_than_the_one_that_was_seen_is_not_confirmed(at_desk, sql, waits):
    seen = waits()
    one = at_desk("operator")
    one.get("/master-data")
    waits()
    one.post("/master-data", connection="acme", target="accounts", run=str(seen))
    assert "Nothing was confirmed." in one.get("/master-data").text
    assert confirmed(sql) == []


def test_a_viewer_sees_the_difference_and_confirms_nothing(at_desk, sql, waits, database):
    run = waits()
    one = at_desk("viewer")
    assert "Confirm this change" not in one.get("/master-data").text
    form = {"connection": "acme", "target": "accounts", "run": str(run)}
    assert one.post("/master-data", page="/", **form).status_code == 403
    assert confirmed(sql) == []
    assert PostgresSyncRuns(database, 1).last(Target.ACCOUNTS)[0]["run"] == run
