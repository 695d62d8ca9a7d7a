"""`alarms`: what stands, what was, and whether messages go out."""

from connector.domain.alarms import AlarmKind, Finding, Severity

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


def test_a_test_says_what_became_of_it_on_each_way(cli):
    assert "No way is configured" in cli("alarms", "test", code=1).stderr
    assert checks(cli)["alarms"].startswith("told to nobody")
    cli.environment |= {
        "ML_CONNECTOR_SMTP_HOST": "localhost",
        "ML_CONNECTOR_SMTP_PORT": "1",
        "ML_CONNECTOR_SMTP_SECURITY": "none",
        "ML_CONNECTOR_ALARM_FROM": "alarms@example.com",
        "ML_CONNECTOR_ALARM_TO": "a@example.com",
    }
    told = cli("alarms", "test", code=1).stdout
    assert told == "email: failed: localhost: ConnectionRefusedError\n"
    assert checks(cli)["alarms"] == "told by email"
