"""The search for canaries finds what is there: in every place, in every form."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote, urlsplit

import psycopg2
import pytest
from cryptography.fernet import Fernet
from redis import Redis

from connector.connection_file.credentials import webhook_secret
from connector.connection_file.references import Given
from connector.settings import Settings
from tests import canaries
from tests.canaries import MARK, assert_no_canary

Leak = Callable[[Settings, Path, str], None]


def log(settings: Settings, folder: Path, text: str) -> None:
    (folder / "worker.log").write_text(f'{{"event": "x", "y": "{text}"}}\n')


def redis_value(settings: Settings, folder: Path, text: str) -> None:
    with Redis.from_url(settings.redis_url.reveal()) as client:
        client.hset("unacked", "1", text)
        client.zadd("scores", {text: 1})


def redis_key(settings: Settings, folder: Path, text: str) -> None:
    with Redis.from_url(settings.redis_url.reveal()) as client:
        client.set(text, 1)


def table(settings: Settings, folder: Path, text: str) -> None:
    with psycopg2.connect(settings.database_url.reveal()) as connection:
        connection.cursor().execute(
            "INSERT INTO connection (name, erp, config) VALUES ('a', 'infor-m3', %s)",
            (json.dumps({"note": text}),),
        )


FORMS = {
    "plain": MARK,
    "inside": f"Authorization: Bearer {canaries.BREX_TOKEN}; next",
    "base64": base64.b64encode(canaries.BREX_TOKEN.encode()).decode(),
    "base64 of a pair": base64.b64encode(f"me:{canaries.BREX_TOKEN}".encode()).decode(),
    "base64 for URLs": base64.urlsafe_b64encode(f"x{MARK}?".encode()).decode(),
    "percents": "".join(f"%{ord(char):02X}" for char in MARK),
    "JSON escapes": "".join(f"\\u{ord(char):04x}" for char in MARK),
    "hex": canaries.BREX_TOKEN.encode().hex(),
}


def test_nothing_is_found_where_nothing_is(settings: Settings, tmp_path: Path) -> None:
    log(settings, tmp_path, "Bearer ***")
    (tmp_path / "acme.toml").write_text(canaries.BREX_TOKEN)  # what the test itself gave
    assert_no_canary(tmp_path, settings, "all is well")


@pytest.mark.parametrize("leak", [log, redis_value, redis_key, table])
@pytest.mark.parametrize("form", FORMS)
def test_a_planted_leak_is_found(settings: Settings, tmp_path: Path, leak: Leak, form: str) -> None:
    leak(settings, tmp_path, FORMS[form])
    with pytest.raises(AssertionError, match=MARK):
        assert_no_canary(tmp_path, settings)


def test_the_keys_and_passwords_of_the_settings_are_looked_for(
    settings: Settings, tmp_path: Path
) -> None:
    secrets = [key.reveal() for key in settings.secret_keys]
    secrets += [
        password
        for url in (settings.database_url, settings.redis_url)
        if (password := urlsplit(url.reveal()).password)
    ]
    for secret in secrets:
        for output in (secret, quote(secret, safe=""), base64.b64encode(secret.encode()).decode()):
            with pytest.raises(AssertionError):
                assert_no_canary(tmp_path, settings, f"x {output} y")


def test_a_payload_may_stand_in_postgresql_and_in_no_log(
    settings: Settings, tmp_path: Path
) -> None:
    table(settings, tmp_path, canaries.PAYLOAD)
    assert_no_canary(tmp_path, settings)
    log(settings, tmp_path, canaries.PAYLOAD)
    with pytest.raises(AssertionError, match=r"worker\.log"):
        assert_no_canary(tmp_path, settings)


def test_the_canaries_are_valid_in_form() -> None:
    assert Fernet(canaries.FERNET_KEY)
    given = Given(canaries.WEBHOOK_SECRET, "")
    assert webhook_secret(given) == canaries.WEBHOOK_SECRET
