"""What people ask for in the console and workers do: it takes a token that the console cannot read."""

import time
from contextlib import closing
from datetime import date

import pytest

from connector.domain.records import Step
from connector.errands import Errands
from connector.store.database import Database
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.roles import Role


@pytest.fixture
def asked(settings, application):
    """Has a ping asked for in the console and claimed for a worker; gives its number."""

    def ask(connection):
        with closing(Database(settings.database_url, actor="c", role=Role.CONSOLE)) as database:
            PostgresErrands(database).ask(connection, ErrandKind.PING)
        (number,) = application.errands.claim()
        return number

    return ask


def test_a_return_that_was_asked_for_in_the_console_is_done_by_a_worker_in_the_persons_name(
    cli, added, released, work, application, settings, sandbox
):
    (record_id,) = released(1)
    cli("poll", added)
    work(Step.FETCH)
    with (
        closing(Database(settings.database_url, actor="test")) as owner,
        owner.transaction() as cursor,
    ):
        cursor.execute(
            "UPDATE record SET status = 'held', reason = 'unbalanced', due_at = NULL RETURNING id"
        )
        (number,) = cursor.fetchone()
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        errands = PostgresErrands(database.acting_as("console:anna"))
        assert errands.ask(added, ErrandKind.RETURN, number, "no receipt")
        (claimed,) = application.errands.claim()
        assert application.errands.claim() == []  # nobody else takes it up
        application.errands.run(claimed)
        application.errands.run(claimed)  # a message may come twice
        assert errands.last(added, ErrandKind.RETURN, number).outcome == {"done": True, "told": ""}
    shown = cli.json("records", "show", record_id)
    assert (shown["status"], shown["reason"]) == ("skipped", "returned_to_brex")
    assert shown["history"][-1]["actor"] == "console:anna"


def test_a_ping_of_the_console_is_made_by_a_worker_with_the_checks_of_the_command_line(
    cli, added, application, settings
):
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        errands = PostgresErrands(database.acting_as("console:anna"))
        assert errands.ask(added, ErrandKind.PING)
        for number in application.errands.claim():
            application.errands.run(number)
        said = errands.last(added, ErrandKind.PING).outcome["checks"]
    pinged = cli.json("connection", "ping", added, code=1)["checks"]
    assert said == pinged
    assert {"brex company", "brex webhook"} <= {one["name"] for one in said}


def test_a_reconciliation_of_the_console_is_made_by_a_worker_once_in_the_persons_name(
    cli, added, application, settings
):
    days = {"since": "2026-10-01", "until": "2026-10-31"}
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        errands = PostgresErrands(database.acting_as("console:anna"))
        assert errands.ask(added, ErrandKind.RECONCILE, what=days)
        assert not errands.ask(added, ErrandKind.RECONCILE, what=days)  # one at a time
        (claimed,) = application.errands.claim()
        application.errands.run(claimed)
        ended = errands.last(added, ErrandKind.RECONCILE)
        assert errands.ask(added, ErrandKind.RECONCILE, what=days)
    (run,) = application.wired(added).reconciliations.runs()
    assert ended.outcome == {
        "done": True,
        "told": "proved: nothing",
        "reconciliation": run["id"],
    }
    assert (run["asked_by"], run["since"], run["until"]) == (
        "console:anna",
        date(2026, 10, 1),
        date(2026, 11, 1),
    )


@pytest.mark.parametrize(
    "days",
    [
        {"since": "2026-13-01", "until": "2026-10-31"},
        {"since": "2026-10-01", "until": "9999-12-31"},
        {"since": "2026-10-01"},
        {"since": 1, "until": 2},
    ],
)
def test_a_reconciliation_of_days_that_there_are_not_is_refused_and_others_go_on(
    added, application, settings, days
):
    with closing(Database(settings.database_url, actor="console", role=Role.CONSOLE)) as database:
        errands = PostgresErrands(database)
        assert errands.ask(added, ErrandKind.RECONCILE, what=days)
        (claimed,) = application.errands.claim()
        application.errands.run(claimed)
        ended = errands.last(added, ErrandKind.RECONCILE).outcome
        assert ended == {
            "done": False,
            "told": "the days of the reconciliation cannot be read; ask for it anew, as 2026-10-01",
        }
        assert errands.ask(added, ErrandKind.RECONCILE, what=days)


def test_an_errand_is_done_by_one_worker_for_as_long_as_it_takes(
    added, application, asked, monkeypatch
):
    monkeypatch.setattr("connector.store.errands._LEASE_S", 0.3)
    monkeypatch.setattr("connector.prolonging.EVERY_S", 0.1)
    errands = PostgresErrands(application.database)
    number = asked(added)
    checked = []

    def check(_):
        checked.append(number)
        asked_at = time.monotonic()
        while time.monotonic() - asked_at < 1:  # longer than a lease
            assert application.errands.claim() == []
            assert errands.begin(number) is None
        return []

    slow = Errands(application.database, application.wired, check)
    slow.run(number)
    slow.run(number)
    assert checked == [number]


def test_an_errand_whose_worker_died_is_taken_up_again(added, application, asked, monkeypatch):
    monkeypatch.setattr("connector.store.errands._LEASE_S", 0.0)
    errands = PostgresErrands(application.database)
    number = asked(added)
    assert errands.begin(number)
    assert application.errands.claim() == [number]
    application.errands.run(number)
    assert PostgresErrands(application.database).last(added, ErrandKind.PING).outcome["done"]
