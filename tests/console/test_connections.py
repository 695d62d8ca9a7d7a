"""The page of a connection: how it stands, ping, pause and resume, and who did it."""

import re

import pytest

from connector.errands import Errands
from connector.http import RedisBudget
from connector.ports import Check
from connector.store.errands import ErrandKind, PostgresErrands
from connector.store.roles import Role


@pytest.fixture(autouse=True)
def acme(connection_id):
    """There is a connection."""


@pytest.fixture
def worker(database_as):
    """Does errands as a worker would, whose pings find this."""
    checks = [Check("brex webhook", False, "nothing is subscribed, token=abc123secret")]
    return Errands(database_as(Role.WORKER), wired=None, check=lambda _: checks)


def do(page, action):
    return page.post("/connections/acme", action=action)


def test_a_pause_and_a_resume_stand_in_the_history_with_the_persons_name(at_desk, desk, sql):
    anna, bo = at_desk("admin", "anna"), at_desk("admin", "bo")
    assert do(anna, "pause").status_code == 302
    page = bo.get("/connections/acme").text
    assert "posts and reports nothing" not in page  # that was told to anna
    assert "Paused at" in page
    do(bo, "pause")
    assert "acme is paused already" in bo.get("/connections/acme").text
    assert sql("SELECT paused_at IS NOT NULL FROM connection") == [(True,)]
    do(bo, "resume")
    do(anna, "resume")
    assert sql("SELECT paused_at IS NOT NULL FROM connection") == [(False,)]
    seen = sql("SELECT event, actor FROM connection_history ORDER BY id")
    assert seen == [("added", "test"), ("paused", "console:anna"), ("resumed", "console:bo")]
    history = bo.get("/connections/acme").text
    assert re.search(r"<td>resumed</td><td>console:bo</td>", history)


@pytest.mark.parametrize("role", ["viewer", "operator", "approver"])
def test_it_takes_an_admin(at_desk, sql, role):
    somebody = at_desk(role)
    assert "Ping now" not in somebody.get("/connections/acme").text
    token = somebody.token("/")
    assert (
        somebody.client.post(
            "/connections/acme",
            data={"action": "pause", "csrf_token": token},
            base_url="https://desk.test",
            headers={"Referer": "https://desk.test/"},
        ).status_code
        == 403
    )
    assert sql("SELECT paused_at FROM connection") == [(None,)]


def test_a_ping_is_made_by_a_worker_once_and_its_checks_are_shown_without_secrets(
    at_desk, worker, database
):
    anna = at_desk("admin", "anna")
    do(anna, "ping")
    do(anna, "ping")
    assert "anna asked for it already" in anna.get("/connections/acme").text
    assert 'hx-trigger="every 2s"' in anna.get("/connections/acme/checks").text
    (number,) = worker.claim()
    worker.run(number)
    checks = anna.get("/connections/acme/checks").text
    assert "nothing is subscribed" in checks
    assert "failed" in checks
    assert "abc123secret" not in checks
    assert "hx-trigger" not in checks
    outcome = PostgresErrands(database).last("acme", ErrandKind.PING).outcome
    assert "abc123secret" not in str(outcome)


def test_secrets_are_shown_as_set_or_missing_and_budgets_with_what_is_used(at_desk, redis):
    budget = RedisBudget(redis, "acme", "brex", 1000)
    for _ in range(3):
        assert budget.take() == 0
    RedisBudget(redis, "acme", "infor-m3", 600).block(120)
    page = at_desk("viewer").get("/connections/acme").text
    assert re.search(r"brex\.token</th><td><span[^>]*>set<", page)
    assert re.search(r"brex\.webhook_secrets\.0</th><td><span[^>]*>missing<", page)
    assert "bxt_hidden" not in page
    assert re.search(r"Requests to brex</th><td>3 of 1,000 in the last minute<", page)
    assert re.search(r"Requests to infor-m3</th><td>0 of 600 .*left alone for", page)


def test_a_connection_that_is_not_there_and_an_action_that_is_none_are_refused(at_desk, sql):
    admin = at_desk("admin")
    assert admin.get("/connections/beta").status_code == 404
    assert do(admin, "remove").status_code == 400
    assert sql("SELECT removed_at FROM connection") == [(None,)]


def test_removing_and_replacing_are_noted_whoever_does_it(connections, connection_id, sql):
    connections.add("acme", "infor-m3", {"brex": {}}, {}, replace=True)
    connections.remove("acme")
    connections.add("acme", "infor-m3", {"brex": {}}, {})
    events = [event for (event,) in sql("SELECT event FROM connection_history ORDER BY id")]
    assert events == ["added", "configured", "removed", "added"]
