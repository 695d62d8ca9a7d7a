"""The console as a process, and a real Chromium: one of each for all tests of a file."""

import shutil
import subprocess
import threading
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from connector.bootstrap import Application
from connector.cli import programs
from connector.connection_file import load, to_json
from connector.domain.people import PersonRole
from connector.registry import ERPS
from connector.settings import Bind, Settings
from connector.store.roles import Role
from connector.store.vault import Vault
from tests.ports import quiet_port
from tests.waiting import wait_until

COOKIE = "__Host-ml-connector"
CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
PHONE = {"width": 375, "height": 812}
#: The browser draws what the test waits for within a moment.
PATIENCE_MS = 15_000

CONNECTION = """
name = "acme"
erp = "ifs-cloud"
[brex]
base_url = "http://127.0.0.1:9"
token = "bxt_test"
webhook_secrets = ["AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"]
[ifs]
base_url = "http://127.0.0.1:9"
token_url = "http://127.0.0.1:9/token"
client_id = "ml-connector"
client_secret = "ifs-test-secret"
company = "10"
[mapping]
gl_account = "GL_ACCOUNT"
time_zone = "Europe/Stockholm"
open_from = "2026-11-01"
"""

#: The histories refuse to be emptied, but for a copy of the database.
EMPTY = (
    "SET session_replication_role = replica;"
    " TRUNCATE connection, person RESTART IDENTITY CASCADE;"
    " SET session_replication_role = origin"
)


@pytest.fixture(scope="module")
def shared_settings(running_settings, new_database, redis_url, tmp_path_factory) -> Settings:
    """Those of the console's process."""
    return replace(
        running_settings,
        database_url=new_database(migrated=True),
        redis_url=redis_url,
        home=tmp_path_factory.mktemp("console"),
        console_bind=Bind("127.0.0.1", quiet_port()),
    )


@pytest.fixture
def migrated_database_url(shared_settings):
    """The database of the console's process."""
    return shared_settings.database_url


@pytest.fixture(autouse=True)
def _emptied(sql) -> None:
    sql(EMPTY)


@pytest.fixture
def settings(shared_settings, migrated_database_url) -> Settings:
    return shared_settings


@pytest.fixture
def vault(settings) -> Vault:
    return Vault(settings.secret_keys)


@pytest.fixture
def connection_id(connections, tmp_path) -> int:
    """A connection that workers can work with, if nobody has to answer."""
    file = tmp_path / "acme.toml"
    file.write_text(CONNECTION)
    sections = {erp: entry.section for erp, entry in ERPS.items()}
    said = load(file, {}, erp_sections=sections, allow_http=True)
    config = to_json(said.brex, said.mapping, said.erp_config, said.posting, said.console)
    return connections.add(said.name, said.erp, config, said.secrets)


@pytest.fixture(scope="module")
def console_url(shared_settings) -> Iterator[str]:
    """Where the console's process answers."""
    program = programs.console(shared_settings)
    process = subprocess.Popen(program.argv, env=programs.environment_of(program))
    url = f"http://{shared_settings.console_bind}"
    try:
        wait_until(lambda: _is_ready(url, process), "the console is ready")
        yield url
    finally:
        process.terminate()
        process.wait(15)


def _is_ready(url: str, process: subprocess.Popen[bytes]) -> bool:
    assert process.poll() is None, "the console ended"
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    program = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if program is None:
        pytest.fail("Chromium is missing; on Debian: apt-get install chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program)
        yield browser
        browser.close()


@pytest.fixture
def new_page(chromium, console_url) -> Iterator[Callable[..., Page]]:
    """`new_page()`: a page of a browser's profile of its own, in which no script may fail."""
    contexts: list[BrowserContext] = []
    wrong: list[str] = []

    def open_one(**options) -> Page:
        contexts.append(chromium.new_context(base_url=console_url, locale="en-GB", **options))
        contexts[-1].set_default_timeout(PATIENCE_MS)
        page = contexts[-1].new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: wrong.append(said.text) if _is_breach(said.text) else None)
        return page

    yield open_one
    for context in contexts:
        context.close()
    assert wrong == []


def _is_breach(said: str) -> bool:
    return "Content Security Policy" in said


@pytest.fixture
def at_page(at_desk, new_page, console_url) -> Callable[..., Page]:
    """`at_page(role, name)`: a page of somebody who has signed in."""

    def open_one(role: PersonRole | str = PersonRole.OPERATOR, name: str | None = None, **options):
        session = at_desk(role, name).client.get_cookie(COOKIE, "desk.test").value
        page = new_page(**options)
        # by https, as the cookie demands; Chromium takes this machine's own address for that
        url = console_url.replace("http:", "https:")
        page.context.add_cookies([{"name": COOKIE, "value": session, "url": url, "secure": True}])
        return page

    return open_one


@pytest.fixture
def worker(settings) -> Iterator[None]:
    """Does errands as a worker does them, as soon as they are asked for."""
    ended = threading.Event()

    def work(application: Application) -> None:
        while not ended.wait(0.05):
            for number in application.errands.claim():
                application.errands.run(number)

    with closing(Application(settings, actor="worker", role=Role.WORKER)) as application:
        thread = threading.Thread(target=work, args=(application,))
        thread.start()
        yield
        ended.set()
        thread.join()
