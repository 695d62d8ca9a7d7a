"""The commands, called as a shell calls them, on real servers and a real sandbox."""

import json
import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from connector.bootstrap import Application
from connector.cli import main
from connector.domain.records import Status, Step
from connector.settings import Settings
from connector.store.roles import Role
from tests.sandbox_process import Sandbox

NAME = "acme-m3"
#: What must never be read in any output.
SECRETS = ("bxt_sandbox", "AAECAwQFBgcICQoLDA0ODxAREhMUFRYX", "sandbox-ion-service-secret")

CONNECTION = """
name = "acme-m3"
erp = "infor-m3"
[brex]
base_url = "{url}"
token = "{token}"
webhook_secrets = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"]
company_id = "{company_id}"
[infor]
ionapi = "file:acme.ionapi"
cono = {cono}
divi = "AAA"
[mapping]
gl_account = "GL_ACCOUNT"
{fallback}
time_zone = "Europe/Stockholm"
[mapping.dimensions]
AIT2 = "COST_CENTER"
{more}
"""

STEPS = {
    Status.RECEIVED: Step.FETCH,
    Status.FETCHED: Step.MAP,
    Status.MAPPED: Step.POST,
    Status.POSTED: Step.EXPORT,
}


class Cli:
    """Calls `ml-connector` with the environment of this test alone."""

    def __init__(self, settings: Settings) -> None:
        self.environment = settings.to_environment()

    def __call__(self, *arguments: str, code: int = 0, **options: Any) -> Result:
        result = CliRunner().invoke(
            main, arguments, env=self.environment, catch_exceptions=False, **options
        )
        assert result.exit_code == code, result.output
        assert not any(secret in result.output for secret in SECRETS)
        return result

    def json(self, *arguments: str, code: int = 0) -> Any:
        """The one document on standard output."""
        return json.loads(self(*arguments, "--json", code=code).stdout)


@pytest.fixture(scope="module")
def shared_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    running = Sandbox(tmp_path_factory.mktemp("sandbox"))
    running.call("PATCH", "/settings", {"infor": {"validation_s": 0.0, "update_s": 0.0}})
    yield running
    running.stop()


@pytest.fixture
def sandbox(shared_sandbox: Sandbox) -> Sandbox:
    shared_sandbox.call("POST", "/reset")
    return shared_sandbox


@pytest.fixture
def cli(settings: Settings) -> Iterator[Cli]:
    root = logging.getLogger()
    before = root.handlers[:], root.level
    yield Cli(settings)
    root.handlers[:], root.level = before[0], before[1]


@pytest.fixture
def file(sandbox: Sandbox, tmp_path: Path) -> Callable[..., str]:
    """Writes a connection file for the sandbox; gives its path."""

    def write(**changes: Any) -> str:
        ionapi = tmp_path / "acme.ionapi"
        ionapi.write_text(json.dumps(sandbox.call("GET", "/infor/ionapi")))
        ionapi.chmod(0o600)
        values = {
            "url": sandbox.url,
            "token": "bxt_sandbox",
            "company_id": "cuacc_sandbox",
            "cono": 100,
            "fallback": 'supplier_fallback = "BREX"',
            "more": "",
        }
        path = tmp_path / "acme.toml"
        path.write_text(CONNECTION.format(**values | changes))
        return str(path)

    return write


@pytest.fixture
def added(cli: Cli, file: Callable[..., str]) -> str:
    """The name of a connection to the sandbox."""
    cli("connection", "add", file())
    return NAME


@pytest.fixture
def application(settings: Settings) -> Iterator[Application]:
    application = Application(settings, actor="worker", role=Role.WORKER)
    yield application
    application.close()


@pytest.fixture
def released(sandbox: Sandbox) -> Callable[..., list[str]]:
    """Makes records that are ready for export, without a webhook; gives their ids."""

    def release(count: int = 3, **month: Any) -> list[str]:
        body = {"count": count, "release": True, "send": False, **month}
        return sandbox.call("POST", "/brex/generate", body)["ids"]

    return release


@pytest.fixture
def work(application: Application) -> Callable[..., None]:
    """Does the steps as workers do, up to and with the last one named."""

    def run(last: Step = Step.EXPORT, name: str = NAME) -> None:
        for step in STEPS.values():
            while application.run_step(step, name, []) is not None:
                pass
            if step is last:
                return

    return run


@pytest.fixture
def statuses(application: Application) -> Callable[[], dict[str, str]]:
    """Where every record stands, and what is known of it."""

    def look() -> dict[str, str]:
        with application.database.transaction() as cursor:
            cursor.execute("SELECT record_id, status FROM record")
            return dict(cursor.fetchall())

    return look
