"""The gateway's clock: compared with the database's and the sender's, and told of when it is off."""

import re
import time
from collections.abc import Iterator
from datetime import timedelta

import pytest
import structlog
from flask.testing import FlaskClient

from tests.gateway.signing import EVENT, signed

PATH = "/webhooks/brex/acme"


@pytest.fixture(autouse=True)
def printed_log() -> Iterator[None]:
    """Logs are printed, whatever a test before made of them."""
    before = structlog.get_config()
    structlog.reset_defaults()
    yield
    structlog.configure(**before)


def metric(client: FlaskClient, name: str) -> float:
    text = client.get("/metrics").get_data(as_text=True)
    (value,) = re.findall(rf"^ml_connector_gateway_{name} (\S+)$", text, re.MULTILINE)
    return float(value)


def told(capsys: pytest.CaptureFixture[str]) -> list[str]:
    out, err = capsys.readouterr()
    return [line for line in (out + err).splitlines() if "gateway_clock_off" in line]


def send(client: FlaskClient, shift_s: int = 0, message_id: str = "m") -> int:
    headers = signed(at=int(time.time()) + shift_s, message_id=message_id)
    return client.post(PATH, data=EVENT, headers=headers).status_code


@pytest.mark.parametrize("ahead_s", [-600, -61, 61, 600])
def test_a_clock_that_is_not_the_databases_is_told_of_once_a_minute(
    client, intake, capsys, ahead_s: int
) -> None:
    intake.ahead = timedelta(seconds=ahead_s)
    assert [send(client, message_id=f"m{n}") for n in range(20)] == [204] * 20
    (line,) = told(capsys)
    assert "database" in line
    assert metric(client, "database_clock_skew_seconds") == pytest.approx(-ahead_s, abs=1)
    assert intake.pulses == 1, "a flood has the database asked no more often"


@pytest.mark.parametrize("shift_s", [-290, -62, 62, 290])
def test_a_clock_that_is_not_the_senders_is_told_of_once_a_minute(
    client, capsys, shift_s: int
) -> None:
    assert [send(client, shift_s, f"m{n}") for n in range(20)] == [204] * 20
    (line,) = told(capsys)
    assert "sender" in line
    assert metric(client, "clock_skew_seconds") == pytest.approx(-shift_s, abs=2)


def test_clocks_that_agree_within_a_minute_are_no_alarm(client, intake, capsys) -> None:
    intake.ahead = timedelta(seconds=-55)
    assert send(client, 55) == 204
    assert told(capsys) == []


def test_what_is_not_genuine_says_nothing_of_a_clock(client, capsys) -> None:
    headers = signed(at=int(time.time()) - 200, secret="whsec_plJ3nmyCDGBKInavdOK15jsl")
    assert client.post(PATH, data=EVENT, headers=headers).status_code == 401
    assert send(client, -700) == 401
    assert told(capsys) == []


def test_the_metrics_say_that_the_jobs_stand_still(client, intake) -> None:
    intake.overdue_s = 130.0
    assert metric(client, "job_overdue_seconds") == 130.0


def test_a_database_that_is_away_holds_up_no_metrics(client, intake) -> None:
    intake.away = True
    assert metric(client, "job_overdue_seconds") == 0.0


def test_the_metrics_have_the_alarms_that_stand(client) -> None:
    text = client.get("/metrics").get_data(as_text=True)
    assert 'ml_connector_alarms{severity="critical"} 2.0' in text
    assert 'ml_connector_alarms{severity="warning"} 0.0' in text
