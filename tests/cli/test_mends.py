"""Mends of the console: a worker puts the rule into the mapping, and what waited for it goes on."""

from contextlib import closing

import psycopg2
import pytest

from connector.domain.records import Step
from connector.store.database import Database
from connector.store.errands import PostgresErrands
from connector.store.roles import Role

CARD = "CARD_EXPENSE_POST"
HELD = f'[mapping.types]\n{CARD} = "hold"\n'


@pytest.fixture
def errands(settings):
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        yield PostgresErrands(database.acting_as("console:anna"))


@pytest.fixture
def mend(errands, application):
    """`mend(connection, reason, field, value, put)`: how the worker's errand ended."""

    def run(connection, reason, field, value, put):
        what = {"reason": reason, "field": field, "value": value, "put": put}
        number = errands.ask_mend(connection, what)
        assert errands.outcome(connection, number) is None
        (claimed,) = application.errands.claim()
        application.errands.run(claimed)
        return errands.outcome(connection, number)

    return run


def test_a_mend_makes_the_next_version_in_the_persons_name_and_releases_all_that_waited(
    cli, file, released, work, statuses, sql, application, mend, tmp_path
):
    cli("connection", "add", file(more=HELD))
    ids = released(3, refunds=0.0)
    cli("poll", "acme-m3")
    work(Step.MAP)
    assert set(statuses().values()) == {"held"}
    outcome = mend("acme-m3", "type_on_hold", "type", CARD, "invoice")
    assert outcome == {
        "done": True,
        "told": "",
        "setting": f"mapping.types.{CARD}",
        "version": 2,
        "released": 3,
        "asked": 0,
        "left": 0,
    }
    (newest, _) = cli.json("mapping", "show", "acme-m3")["versions"]
    assert (newest["version"], newest["applied_by"]) == (2, "console:anna")
    assert cli.json("records", "show", ids[0])["history"][-1]["actor"] == "console:anna"
    # the same once more, as after a crash, changes nothing; something else comes too late
    again = mend("acme-m3", "type_on_hold", "type", CARD, "invoice")
    assert (again["done"], again["version"], again["released"]) == (True, 2, 0)
    late = mend("acme-m3", "type_on_hold", "type", CARD, "ignore")
    assert late == {
        "done": False,
        "told": f"mapping.types.{CARD} is invoice by now; a file changes it",
    }
    sql("UPDATE record SET due_at = now()")
    application._wired.clear()
    work(Step.MAP)
    assert set(statuses().values()) == {"mapped"}
    # a file that is older loses nothing silently; one that has the rule, or is told to, goes through
    refused = cli("connection", "add", file(more=HELD), "--replace", code=1).stderr
    assert f"mapping.types.{CARD} = 'invoice', in the file 'hold'" in refused
    assert "--drop-rules" in cli("mapping", "apply", "acme-m3", file(), code=1).stderr
    kept = tmp_path / "kept.toml"
    kept.write_text(cli("mapping", "show", "acme-m3").stdout)
    assert "stays in force" in cli("mapping", "apply", "acme-m3", str(kept)).stdout
    assert "Version 3" in cli("mapping", "apply", "acme-m3", file(), "--drop-rules").stdout
    # what a file has set since is the file's
    assert "Version 4" in cli("mapping", "apply", "acme-m3", file(more=HELD)).stdout


@pytest.mark.parametrize(
    ("wanted", "put", "told"),
    [
        (("type_on_hold", "type", CARD), "hold", "is one of invoice"),
        (("value_unmapped", "GL_ACCOUNT", "efo_1"), "file:/etc/hostname", "on one line"),
        (("value_unmapped", "NOBODYS", "efo_1"), "7500", "no single rule"),
        (("erp_refused", "supplier", ""), "7500", "no single rule"),
    ],
)
def test_a_mend_that_is_no_rule_changes_nothing_and_says_why(cli, added, mend, wanted, put, told):
    outcome = mend(added, *wanted, put)
    assert not outcome["done"]
    assert told in outcome["told"]
    assert cli.json("mapping", "show", added)["version"] == 1


def test_a_mapping_that_the_erp_could_not_have_is_refused_as_in_a_file(cli, added, mend):
    outcome = mend(added, "type_on_hold", "type", CARD, "journal")
    assert not outcome["done"]
    assert "mapping.offset_accounts.card_liability is missing" in outcome["told"]
    assert cli.json("mapping", "show", added)["version"] == 1


def test_a_worker_changes_no_other_setting_of_a_connection(added, application):
    for part in ("brex,base_url", "erp,cono", "mode"):
        with (
            pytest.raises(psycopg2.errors.InsufficientPrivilege, match="the mapping alone"),
            application.database.transaction() as cursor,
        ):
            cursor.execute(
                "UPDATE connection SET config = jsonb_set(config, %s::text[], '\"x\"')",
                ("{" + part + "}",),
            )
