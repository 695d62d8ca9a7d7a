"""Real servers for all tests: those of DATABASE_URL and REDIS_URL, else one embedded pair a run.

All xdist workers share the pair: the first that needs it starts it, the others find it, and it is
gone when the run ends. Each test has databases of its own, each worker a Redis database of its own.
"""

import os
import secrets
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from itertools import islice
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg2
import pytest
from cryptography.fernet import Fernet
from redis import Redis

from connector.embedded import servers
from connector.secret import Secret
from connector.settings import Settings
from tests.chaos import report

#: Fixtures that the tests of several folders use.
pytest_plugins = ["tests.store_fixtures", "tests.openid_provider"]

FOLDER = "ML_CONNECTOR_TEST_FOLDER"
WORKER = "PYTEST_XDIST_WORKER"
MEMORY = Path("/dev/shm")
ENOUGH = 2 * 1024**3


def pytest_configure() -> None:
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        # A run in the background of a shell ignores Ctrl-C, and so would all that tests start.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if WORKER not in os.environ:
        # The workers inherit it. In memory a database is made in 10 ms, on disk in 90.
        roomy = MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ENOUGH
        parent = MEMORY if roomy else Path(tempfile.gettempdir())
        os.environ[FOLDER] = str(parent / f"ml-connector-tests-{secrets.token_hex(6)}")


def pytest_unconfigure() -> None:
    if WORKER not in os.environ:
        shutil.rmtree(run_folder(), ignore_errors=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--chaos", action="store_true", help="the fault kit in full")
    parser.addoption(
        "--without", action="store_true", help="each scenario without the part that it guards"
    )
    parser.addoption("--chaos-seed", type=int, help="the seed of every scenario of the fault kit")
    parser.addoption("--screenshots", type=Path, help="a folder for pictures of the console")
    parser.addoption("--chaos-report", type=Path, help="a file for what the fault kit showed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Begin with what takes longest: the tests with a time limit of their own, the end to end.

    Each worker is given its share of them. Of the fault kit, only what is marked `short` runs
    along.
    """
    if not config.getoption("--chaos") and not config.getoption("--without"):
        long = [
            item
            for item in items
            if "chaos" in item.path.parts and item.get_closest_marker("short") is None
        ]
        config.hook.pytest_deselected(items=long)
        items[:] = [item for item in items if item not in set(long)]
    items.sort(key=lambda item: item.get_closest_marker("timeout") is None)
    workers = int(os.environ.get(f"{WORKER}_COUNT", "1"))
    first = [item for item in items if _is_long(item)]
    others = iter([item for item in items if not _is_long(item)])
    each = -(-len(items) // workers)
    dealt = [first[nth::workers] for nth in range(workers)]
    items[:] = [
        item for part in dealt for item in (*part, *islice(others, max(each - len(part), 0)))
    ]


def _is_long(item: pytest.Item) -> bool:
    own_limit = item.get_closest_marker("timeout") is not None
    return own_limit or bool({"endtoend", "chaos"} & set(item.path.parts))


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """What each scenario of the fault kit showed."""
    stats = terminalreporter.stats
    ended = [one for kind in ("passed", "failed", "xfailed") for one in stats.get(kind, [])]
    told = [
        (one.nodeid.rpartition("::")[2], report.figures(one))
        for one in ended
        if "seed" in dict(one.user_properties)
    ]
    if told:
        terminalreporter.section("fault kit")
        for line in report.lines(told):
            terminalreporter.write_line(line)
    if file := config.getoption("--chaos-report"):
        report.write(file, told)


def run_folder() -> Path:
    return Path(os.environ[FOLDER])


def with_path(url: Secret, path: str) -> Secret:
    return Secret(urlunsplit(urlsplit(url.reveal())._replace(path=path)))


@pytest.fixture(scope="session")
def running_settings() -> Iterator[Settings]:
    """Settings whose servers run; the databases in them are shared by the whole run."""
    given = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL") if name in os.environ}
    settings = Settings.from_environment(
        given
        | {
            "ML_CONNECTOR_HOME": str(run_folder()),
            "ML_CONNECTOR_SECRET_KEYS": Fernet.generate_key().decode(),
            "ML_CONNECTOR_ALLOW_HTTP": "1",
        }
    )
    with servers(settings, run_folder(), durable=False) as running:
        yield running


@pytest.fixture(scope="session")
def postgres_url(running_settings: Settings) -> Secret:
    """The server; tests leave the database that it names alone."""
    assert running_settings.database_url
    return running_settings.database_url


@pytest.fixture(scope="session")
def redis_url(running_settings: Settings) -> Secret:
    """A Redis database that no other xdist worker uses; tests of one worker share it."""
    assert running_settings.redis_url
    number = int(os.environ.get(WORKER, "gw-1").removeprefix("gw")) + 1
    return with_path(running_settings.redis_url, f"/{number}")


@pytest.fixture
def empty_redis_url(redis_url: Secret) -> Secret:
    """The same Redis database, with nothing in it."""
    with Redis.from_url(redis_url.reveal()) as client:
        client.flushdb()
    return redis_url


class Databases:
    """Makes databases on one server and drops them."""

    def __init__(self, server: Secret) -> None:
        self.server = server
        self.template = run_folder().name.replace("-", "_")
        self.made: list[str] = []

    def __call__(self, *, migrated: bool = True) -> Secret:
        """A fresh database, with the schema or with nothing in it."""
        name = f"test_{secrets.token_hex(8)}"
        source = self._migrated_template() if migrated else "template0"
        self._run(f"CREATE DATABASE {name} TEMPLATE {source}")
        self.made.append(name)
        return with_path(self.server, f"/{name}")

    def drop(self, url: Secret) -> None:
        name = urlsplit(url.reveal()).path.strip("/")
        self.made.remove(name)
        self._run(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def drop_all(self) -> None:
        for name in list(self.made):
            self.drop(with_path(self.server, f"/{name}"))

    def _migrated_template(self) -> str:
        from connector.store.migrations import migrate

        connection = psycopg2.connect(self.server.reveal())
        connection.autocommit = True
        # one xdist worker makes it, the others wait
        with closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_lock(hashtext(%s))", (self.template,))
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", (self.template,))
            if cursor.fetchone() is None:
                draft = f"{self.template}_draft"
                cursor.execute(f"DROP DATABASE IF EXISTS {draft}")
                cursor.execute(f"CREATE DATABASE {draft}")
                migrate(with_path(self.server, f"/{draft}"))
                cursor.execute(f"ALTER DATABASE {draft} RENAME TO {self.template}")
        return self.template

    def _run(self, statement: str) -> None:
        connection = psycopg2.connect(self.server.reveal())
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(statement)
        connection.close()


@pytest.fixture(scope="session")
def new_database(postgres_url: Secret) -> Iterator[Callable[..., Secret]]:
    """`new_database(migrated=True)`: one more database; dropped at the end of the run."""
    databases = Databases(postgres_url)
    yield databases
    databases.drop_all()


@pytest.fixture
def database_url(new_database: Databases) -> Iterator[Secret]:
    """A database of this test alone, with nothing in it."""
    url = new_database(migrated=False)
    yield url
    new_database.drop(url)


@pytest.fixture
def migrated_database_url(new_database: Databases) -> Iterator[Secret]:
    """A database of this test alone, with the schema in it."""
    url = new_database(migrated=True)
    yield url
    new_database.drop(url)


@pytest.fixture
def settings(
    running_settings: Settings,
    migrated_database_url: Secret,
    empty_redis_url: Secret,
    tmp_path: Path,
) -> Settings:
    """Settings of this test alone: its own schema, an empty Redis database, its own home."""
    return replace(
        running_settings,
        database_url=migrated_database_url,
        redis_url=empty_redis_url,
        home=tmp_path,
    )
