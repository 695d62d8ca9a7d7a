"""What people ask for in the console and workers do: it takes a token that the console cannot read."""

from contextlib import closing

from connector.domain.records import Step
from connector.store.database import Database
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.roles import Role


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
