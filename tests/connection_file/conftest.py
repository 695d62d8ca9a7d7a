from collections.abc import Callable
from pathlib import Path

import pytest

from connector.connection_file import LoadedConnection, load
from connector.errors import ConfigurationError

ERP_SECTIONS = {"infor-m3": "infor", "ifs-cloud": "ifs"}
TOKEN = "bxt_a-token-that-must-not-show"
WEBHOOK_SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
IONAPI = '{"ti": "ACME_TST", "cs": "shh"}'
ENVIRON = {
    "ACME_BREX_TOKEN": TOKEN,
    "ACME_BREX_WEBHOOK_SECRET": WEBHOOK_SECRET,
    "ACME_BREX_CLIENT_SECRET": "shh-client",
    "ACME_BREX_REFRESH_TOKEN": "shh-refresh",
    "ACME_IFS_SECRET": "shh-ifs",
    "ACME_IFS_PASSWORD": "shh-ifs-password",
}

Read = Callable[..., LoadedConnection]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Loads a text as the connection file `acme.toml`, beside an `acme.ionapi`."""
    ionapi = tmp_path / "acme.ionapi"
    ionapi.write_text(IONAPI + "\n")
    ionapi.chmod(0o600)
    path = tmp_path / "acme.toml"

    def read_text(text: str, environ: dict[str, str] | None = None, **options) -> LoadedConnection:
        path.write_text(text, encoding="utf-8")
        values = ENVIRON if environ is None else environ
        return load(path, values, erp_sections=ERP_SECTIONS, **options)

    return read_text


@pytest.fixture
def faults(read: Read) -> Callable[..., list[str]]:
    """What is wrong with a text; nothing of a secret may be in it."""

    def of(text: str, environ: dict[str, str] | None = None, **options) -> list[str]:
        with pytest.raises(ConfigurationError) as caught:
            read(text, environ, **options)
        assert caught.value.subject == "acme.toml"
        for secret in ("that-must-not-show", "MfKQ9r8GKY", "shh"):
            assert secret not in str(caught.value)
        return caught.value.faults

    return of
