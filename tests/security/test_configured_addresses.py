"""Whatever address a person writes, or an .ionapi file brings: what leads astray is not stored."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from connector.bootstrap import Application
from connector.cli import main
from connector.cli.connections import add_from_file
from connector.errors import ConfigurationError
from connector.settings import Settings

CONNECTION = """
name = "acme-m3"
erp = "infor-m3"
[brex]
base_url = "{base_url}"
oauth = {{ token_url = "{token_url}", client_id = "c", client_secret = "CANARY-1", refresh_token = "CANARY-2" }}
webhook_secrets = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"]
[infor]
ionapi = "file:acme.ionapi"
cono = 100
divi = "AAA"
[mapping]
gl_account = "GL_ACCOUNT"
supplier_fallback = "BREX"
time_zone = "UTC"
[mapping.dimensions]
AIT2 = "COST_CENTER"
"""
SOUND = {
    "base_url": "https://api.brex.com",
    "token_url": "https://accounts-api.brex.com/oauth2/default/v1/token",
    "iu": "https://mingle-ionapi.eu1.inforcloudsuite.com",
    "pu": "https://mingle-sso.eu1.inforcloudsuite.com:443/ACME/as/",
}
#: How the faults of each begin.
SAID_OF = {
    "base_url": "brex.base_url",
    "token_url": "brex.oauth.token_url",
    "iu": "infor.ionapi has a `iu`",
    "pu": "infor.ionapi has a `pu`",
}
IONAPI = {
    "ti": "ACME",
    "ci": "client",
    "cs": "CANARY-3",
    "ot": "token.oauth2",
    "saak": "ACME#key",
    "sask": "CANARY-4",
}
ASTRAY = [
    "http://api.brex.com",
    "file:///etc/passwd",
    "https://169.254.169.254",
    "https://127.0.0.1",
    "https://127.1",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://[::ffff:a9fe:a9fe]",
    "https://[64:ff9b::a9fe:a9fe]",
    "https://0x7f000001",
    "https://2130706433",
    "https://0177.0.0.1",
    "https://10.0.0.1",
    "https://192.168.1.1",
    "https://100.64.0.1",
    "https://100.100.100.200",
    "https://CANARY-5:CANARY-6@api.brex.com",
    "https://api.brex.com@169.254.169.254",
    "https://api.brex.com.",
    "https://bréx.com",
    "https://127。0。0。1",
    "https://api.brex.com/../x",
    "https://api.brex.com?x=1",
    "https://api.brex.com#@evil.example",
    "https://api.brex.com\\\\@evil.example",
]


@pytest.fixture
def strict(settings: Settings) -> Settings:
    """Settings of a real installation: https alone."""
    return replace(settings, allow_http=False)


@pytest.fixture
def application(strict: Settings) -> Iterator[Application]:
    application = Application(strict, actor="test")
    yield application
    application.close()


@pytest.fixture
def add(application: Application, tmp_path: Path) -> Callable[..., None]:
    def write_and_add(**addresses: str) -> None:
        where = SOUND | addresses
        ionapi = tmp_path / "acme.ionapi"
        given = IONAPI | {key: where[key].replace("\\\\", "\\") for key in ("iu", "pu")}
        ionapi.write_text(json.dumps(given))
        ionapi.chmod(0o600)
        file = tmp_path / "acme.toml"
        file.write_text(CONNECTION.format(**where))
        add_from_file(application, file, {}, replace=False)

    return write_and_add


def test_sound_addresses_are_stored(add, application):
    add()
    assert application.wired("acme-m3").connection.brex.base_url == SOUND["base_url"]


@pytest.mark.parametrize("place", SOUND)
def test_b27_an_address_that_leads_astray_is_not_stored_wherever_it_stands(add, application, place):
    for address in ASTRAY:
        with pytest.raises(ConfigurationError) as caught:
            add(**{place: address})
        assert all(fault.startswith(SAID_OF[place]) for fault in caught.value.faults), address
        assert "CANARY" not in str(caught.value)
    assert application.connections.all() == []


@pytest.mark.parametrize("address", ASTRAY)
def test_brex_is_not_told_of_a_webhook_address_that_leads_astray(add, strict, address):
    add()
    url = f"{address.replace(chr(92) * 2, chr(92))}/webhooks/brex/acme-m3"
    result = CliRunner().invoke(
        main, ["webhook", "subscribe", "acme-m3", "--url", url], env=strict.to_environment()
    )
    assert result.exit_code == 2, result.output
