"""Tokens that expire under everybody at once, and a worker that dies with the new one (F24, F25)."""

import os
import subprocess
import sys
from typing import Any

import pytest

from tests.chaos.conftest import Scale
from tests.chaos.points import Plan
from tests.chaos.stage import Stage
from tests.endtoend.installation import NAME
from tests.waiting import wait_until

pytestmark = pytest.mark.timeout(300)

REFRESH = "sandbox-refresh-token-0"
#: A token of twelve seconds is renewed when half of them are left.
LIFE_S, RENEWED_AFTER_S = 12, 6


def settings(stage: Stage, **brex: Any) -> None:
    stage.sandbox.call("PATCH", "/settings", {"brex": brex})


def seen(stage: Stage) -> dict[str, Any]:
    """What Brex has seen of us: operations and statuses, counted."""
    return stage.sandbox.call("GET", "/calls?peer=brex")["brex"]


@pytest.mark.fails_without("one_at_a_time")
def test_f24_fifty_threads_in_four_processes_make_one_token_request_for_each_expiry(
    stage: Stage, scale: Scale
) -> None:
    expiries = scale.of(8, 3)
    settings(stage, oauth_expires_in_s=LIFE_S, oauth_rotates=True, oauth_grace_s=0.0)
    stage.connect(refresh=REFRESH)
    command = [sys.executable, "-m", "tests.chaos.stampede"]
    processes = [
        subprocess.Popen(
            [*command, str(threads), str(expiries * RENEWED_AFTER_S + 1)],
            env=os.environ | stage.settings.to_environment() | stage.environment,
        )
        for threads in (13, 13, 12, 12)
    ]
    assert [process.wait(120) for process in processes] == [0] * 4
    calls = seen(stage)
    stage.figure(token_requests=calls["operations"]["token"], statuses=calls["statuses"])
    ((generation,),) = stage.sql("SELECT generation FROM oauth_token WHERE peer = 'brex'")
    assert calls["operations"]["token"] == generation
    assert expiries <= generation <= expiries + 1
    assert set(calls["statuses"]) == {"200"}, "nobody used a token that was not there yet, or over"


@pytest.mark.parametrize(
    "grace_s",
    [
        pytest.param(
            120.0, marks=[pytest.mark.short, pytest.mark.fails_without("taking_over")], id="grace"
        ),
        pytest.param(0.0, marks=pytest.mark.fails_without("giving_up"), id="no-grace"),
    ],
)
def test_f25_a_worker_dies_after_brex_has_rotated_the_refresh_token(
    stage: Stage, scale: Scale, grace_s: float
) -> None:
    settings(stage, oauth_rotates=True, oauth_grace_s=grace_s)
    stage.connect(refresh=REFRESH)
    stage.application.wired(NAME).tokens["infor-m3"].get()
    stage.plan(Plan("token.stored.before", "kill", nth=1))
    stage.attacked_worker()
    stage.beat()
    ids = stage.spend(scale.records, seed=stage.seed)
    stage.release(send=False)
    stage.announce(ids)
    if grace_s:
        stage.until_quiet(len(ids))
    else:
        assert_given_up(stage)
        settings(stage, oauth_refresh_token="authorised-again")
        stage.connect(refresh="authorised-again")
        stage.until_quiet(len(ids))
    assert stage.fired() == 1
    assert seen(stage)["operations"]["token"] == (2 if grace_s else 3)
    stage.assert_sound(ids)


def assert_given_up(stage: Stage) -> None:
    """Nobody asks again, one alert says so, and the ERP's token is what it was."""
    token = "SELECT refused_until = 'infinity' FROM oauth_token WHERE peer = 'brex'"
    # whoever died holds its turn for half a minute
    wait_until(lambda: stage.sql(token) == [(True,)], "the refresh token is given up", 150)
    tried_again = "SELECT 1 FROM record WHERE note LIKE 'reauth required%%' AND failures > 3"
    wait_until(lambda: stage.sql(tried_again), "records have asked for it again and again", 150)
    assert seen(stage)["operations"]["token"] == 2
    assert stage.log_of("worker").count('"reauth_required"') == 1
    assert stage.sql("SELECT generation FROM oauth_token WHERE peer = 'infor-m3'") == [(1,)]
    assert stage.statuses() == {"received": stage.statuses().total()}
    command = [sys.executable, "-m", "connector.cli", "doctor"]
    told = subprocess.run(
        command,
        env=os.environ | stage.settings.to_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert "reauth required for brex of acme-m3" in told.stdout
