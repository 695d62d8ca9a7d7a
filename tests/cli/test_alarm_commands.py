"""`alarms`: what stands, what was, and whether messages go out."""

from connector.bootstrap import Application
from connector.domain.alarms import AlarmKind, Finding, Severity
from connector.settings import Settings

BY_EMAIL = {
    "ML_CONNECTOR_SMTP_HOST": "localhost",
    "ML_CONNECTOR_SMTP_PORT": "1",
    "ML_CONNECTOR_SMTP_SECURITY": "none",
    "ML_CONNECTOR_ALARM_FROM": "alarms@example.com",
    "ML_CONNECTOR_ALARM_TO": "a@example.com",
}
AWAY = Finding(Severity.CRITICAL, "it does not answer", "see whether it runs")


def checks(cli):
    return {one["name"]: one["detail"] for one in cli.json("doctor", code=1)["checks"]}


def test_what_stands_is_listed_and_what_was_with_it(cli, added, application):
    assert cli("alarms", "list").stdout == "Nothing is wrong.\n"
    board, about = application.alarms.board, application.connections.find(added).id
    board.observe(about, {AlarmKind.PEER_AWAY: {"brex": AWAY}})
    board.observe(None, {AlarmKind.CLOCK_STANDS: {"": AWAY}})
    board.observe(None, {AlarmKind.CLOCK_STANDS: {}})
    (one,) = cli.json("alarms", "list")["alarms"]
    assert (one["connection"], one["kind"], one["key"]) == (added, "peer_away", "brex")
    assert (one["severity"], one["resolved_at"], one["deliveries"]) == ("critical", None, [])
    both = cli.json("alarms", "list", "--all")["alarms"]
    assert {one["kind"] for one in both} == {"peer_away", "clock_stands"}
    assert "see whether it runs" in cli("alarms", "list").stdout
    assert "(installation)" in cli("alarms", "list", "--all").stdout


def test_doctor_names_a_way_whose_last_message_did_not_go_out(cli, added, application, sql):
    cli.environment |= BY_EMAIL
    application.alarms.board.observe(None, {AlarmKind.CLOCK_STANDS: {"": AWAY}})
    told = Application(Settings.from_environment(cli.environment), actor="test")
    told.alarms._messages.tell_changes(told.alarms.ways)
    told.alarms.deliver(told.alarms.ways)
    told.close()
    assert "ConnectionRefusedError" in checks(cli)["alarms by email"]
    assert "not yet localhost" in cli("alarms", "list").stdout
    sql("UPDATE alarm_delivery SET due_at = NULL, delivered_at = now()")
    assert "alarms by email" not in checks(cli)


def test_a_test_says_what_became_of_it_on_each_way(cli):
    assert "No way is configured" in cli("alarms", "test", code=1).stderr
    assert checks(cli)["alarms"].startswith("told to nobody")
    cli.environment |= BY_EMAIL
    told = cli("alarms", "test", code=1).stdout
    assert told == "email: failed: localhost: ConnectionRefusedError\n"
    assert checks(cli)["alarms"] == "told by email"
