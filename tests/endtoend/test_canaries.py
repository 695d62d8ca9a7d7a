"""No secret leaves its place, whatever goes wrong: neither in a log, nor in Redis, in PostgreSQL or on
a screen. Every secret is a canary, and the peers repeat everything they are asked.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests

from tests import canaries
from tests.endtoend.installation import NAME, Installation
from tests.gateway.signing import signed
from tests.waiting import wait_until

#: Everything that was asked, header and query included, as a refusal would repeat it.
ECHO = (
    '{"error":"invalid_grant","error_code":"INVALID_REQUEST","error_description":"{request}",'
    '"message":"no: {request}","details":{"said":["{request}"]}}'
)
M3_ECHO = '{"errorMessage":"no: {request}","errorCode":"XYZ0001","errorType":"ServerReturnedNOK"}'
SHOWN = [
    ("status", "--json"),
    ("status",),
    ("connection", "show", NAME, "--json"),
    ("connection", "show", NAME),
    ("connection", "ping", NAME),
    ("doctor", "--json"),
    ("records", "list", "--json"),
]


class Screen:
    """Runs commands as a person does, and keeps all that they show."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        self.seen: list[str] = []

    def __call__(self, *arguments: str, **environment: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "connector.cli", *arguments],
            env=os.environ | self.installation.settings.to_environment() | environment,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        self.seen.append(done.stdout + done.stderr)
        return self.seen[-1]

    def look_around(self) -> None:
        for command in SHOWN:
            self(*command)


def trouble(installation: Installation) -> None:
    """A little of everything, each time with an answer that repeats what was asked."""

    def echo(status: int, body: str = ECHO, **rule: Any) -> None:
        installation.sandbox.fault("instead", status=status, body=body, **rule)

    for calls in ({"peer": "brex", "path": "/v3/*"}, {"peer": "infor", "operation": "bulk *"}):
        for status in (401, 403, 500, 502):
            echo(status, times=1, skip=2, **calls)
        installation.sandbox.fault("drop_after", times=1, skip=3, **calls)
        installation.sandbox.fault("429", times=1, retry_after="1", **calls)
    echo(400, peer="brex", path="/v3/accounting/records", times=1)
    echo(422, peer="brex", path="/v3/accounting/records/export-results", times=1)
    for status in (302, 403, 500):
        echo(status, operation="GET receipt", times=1)
    installation.sandbox.fault("drop_after", operation="GET receipt", times=1)
    echo(400, M3_ECHO, peer="infor", transaction="AddHead", times=1)
    echo(200, M3_ECHO, peer="infor", transaction="AddLine", times=1)


def refuse_tokens(installation: Installation) -> None:
    """From now on no token is taken, and none is given."""
    for peer in ("brex", "infor"):
        refused = {"kind": "instead", "body": ECHO, "peer": peer}
        installation.sandbox.call(
            "POST", "/faults", {**refused, "status": 400, "operation": "token"}
        )
        installation.sandbox.call("POST", "/faults", {**refused, "status": 401})
    installation.sql("UPDATE oauth_token SET expires_at = now()")


def knock(installation: Installation) -> None:
    """Strangers, and Brex with nonsense, at the gateway."""
    url = f"{installation.gateway_url}/webhooks/brex/{NAME}"
    body = f'{{"event_type":"X","x":"{canaries.PAYLOAD}"'.encode()
    forged = {
        "Webhook-Id": "m",
        "Webhook-Timestamp": "1",
        "Webhook-Signature": canaries.WEBHOOK_SECRET,
        "Authorization": f"Bearer {canaries.BREX_TOKEN}",
    }
    genuine = signed(body, secret=canaries.WEBHOOK_SECRET)
    statuses = [
        requests.post(f"{url}?token={canaries.BREX_TOKEN}", data=body, headers=headers, timeout=10)
        for headers in (forged, genuine, {})
    ]
    assert [answer.status_code for answer in statuses] == [401, 400, 401]


@pytest.mark.timeout(240)
@pytest.mark.parametrize("refresh", ["", canaries.REFRESH_TOKEN], ids=["user token", "OAuth"])
def test_no_secret_leaves_its_place_while_everything_goes_wrong(
    installation: Installation, refresh: str
) -> None:
    screen = Screen(installation)
    brex = {"oauth_refresh_token": refresh or "sandbox-refresh-token-0"}
    installation.sandbox.call("PATCH", "/settings", {"brex": brex})
    installation.everything(refresh=refresh, bulk_size=3, brex="receipts = true")
    ids = installation.spend(4, receipts=1.0)
    installation.sandbox.fault(
        "rewrite",
        path="/v3/accounting/records*",
        find=r'"memo":\s*("([^"\\]|\\.)*"|null)',
        replacement=f'"memo":"{canaries.PAYLOAD}"',
    )
    trouble(installation)
    knock(installation)
    installation.release()

    def tried() -> bool:
        installation.let_time_pass()
        installation.sql("UPDATE outage SET probe_at = now() WHERE probe_at > now()")
        standing = installation.statuses()
        return set(standing) <= {"held", "exported"} and standing.total() == len(ids)

    wait_until(tried, "all have come to rest", 120)
    tries = "SELECT count(*) FROM receipt WHERE failures > 0 OR state <> 'wanted'"
    wait_until(lambda: installation.sql(tries) == [(4,)], "all receipts were tried")
    assert installation.sandbox.fired() > 12
    screen.look_around()
    refuse_tokens(installation)
    screen("connection", "ping", NAME)
    screen("poll", NAME)
    screen("status", "--json")
    for record_id in ids:
        screen("records", "show", record_id, "--json")
    screen("records", "show", ids[0])
    installation.assert_no_canary(*screen.seen)


@pytest.mark.timeout(240)
def test_no_secret_is_shown_where_the_configuration_is_bad(
    installation: Installation, tmp_path: Path
) -> None:
    installation.connect()
    screen = Screen(installation)
    good = (tmp_path / "acme.toml").read_text()
    token, secret = canaries.BREX_TOKEN, canaries.WEBHOOK_SECRET
    for number, (old, new) in enumerate(
        [
            ('base_url = "http://', f'base_url = "http://me:{token}@'),
            (token, f" {token}"),
            (token, f"{token}\\n{token}"),
            (f'"{secret}"', f'"whsec_{secret}!"'),
            ("token = ", f'tokn = "{token}"\ntoken = '),
            ('gl_account = "GL_ACCOUNT"', f'gl_account = "{token}'),
            ("file:acme.ionapi", f"file:{tmp_path}/broken.ionapi"),
            ("cono = 100", f'cono = 100\npassword = 5\nclient_secret = "{token} "'),
        ]
    ):
        assert old in good
        file = tmp_path / f"bad{number}.toml"
        file.write_text(good.replace(old, new, 1))
        (tmp_path / "broken.ionapi").write_text(f'{{"cs": "{token}", "iu": "http://u:{token}@x"')
        (tmp_path / "broken.ionapi").chmod(0o600)
        assert "bad" in screen("connection", "add", str(file), "--replace")
    database, redis = (
        url.reveal().replace(f":{urlsplit(url.reveal()).password}@", f":{token}@")
        for url in (installation.settings.database_url, installation.settings.redis_url)
    )
    for environment in (
        {"ML_CONNECTOR_SECRET_KEYS": f"{canaries.FERNET_KEY}x"},
        {"DATABASE_URL": f"mysql://me:{token}@127.0.0.1/x"},
        {"DATABASE_URL": database},
        {"DATABASE_URL": f"postgresql://me:{token}@127.0.0.1:1/x"},
        {"REDIS_URL": f"redis://:{token}@127.0.0.1:1/0"},
        {"REDIS_URL": redis},
    ):
        screen("doctor", "--json", **environment)
    screen("status", DATABASE_URL=database)
    assert len(screen.seen) == 15
    installation.assert_no_canary(*screen.seen)
